//! The pictures of users and organizations.

use model::{OrganizationId, Timestamp, UserId};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AvatarKind {
    /// Letters of the name.
    #[default]
    Letters,
    /// A picture that was sent here.
    Upload,
    /// The picture that gravatar.com has for the address.
    Gravatar,
}

impl AvatarKind {
    pub const ALL: [Self; 3] = [Self::Letters, Self::Upload, Self::Gravatar];

    /// Stored, and Sentry's on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Letters => "letter_avatar",
            Self::Upload => "upload",
            Self::Gravatar => "gravatar",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// How somebody or something is pictured.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Avatar {
    pub kind: AvatarKind,
    /// Names the picture that was sent; whoever knows it can see it.
    pub ident: Option<String>,
}

/// Reads the columns `avatar_kind` and `avatar_ident`.
pub(crate) fn read(row: &AnyRow) -> Result<Avatar, Error> {
    Ok(Avatar {
        kind: row.name("avatar_kind", AvatarKind::from_name)?,
        ident: row.optional_text("avatar_ident")?,
    })
}

/// Whose picture it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AvatarOwner {
    User(UserId),
    Organization(OrganizationId),
}

impl AvatarOwner {
    fn key(self) -> (&'static str, i64) {
        match self {
            Self::User(id) => ("user", id.0),
            Self::Organization(id) => ("organization", id.0),
        }
    }

    fn pointer(self) -> &'static str {
        match self {
            Self::User(_) => "UPDATE users SET avatar_kind = $2, avatar_ident = $3 WHERE id = $1",
            Self::Organization(_) => "UPDATE organizations SET avatar_kind = $2, avatar_ident = $3 WHERE id = $1",
        }
    }
}

/// Sets what is shown; `content` (base64) comes with an ident. The picture before is gone.
pub async fn set(
    db: &mut Connection,
    owner: AvatarOwner,
    avatar: &Avatar,
    content: Option<&str>,
    at: Timestamp,
) -> Result<(), Error> {
    let (kind, id) = owner.key();
    purge(db, owner).await?;
    if let (Some(ident), Some(content)) = (&avatar.ident, content) {
        let sql = "INSERT INTO avatars (ident, owner_kind, owner_id, content, created_at) VALUES ($1, $2, $3, $4, $5)";
        let query = sqlx::query(sql).bind(ident.as_str()).bind(kind).bind(id);
        query.bind(content).bind(at.0).run(db).await?;
    }
    sqlx::query(owner.pointer())
        .bind(id)
        .bind(avatar.kind.name())
        .bind(avatar.ident.as_deref())
        .run(db)
        .await?;
    Ok(())
}

/// Removes the picture.
pub async fn purge(db: &mut Connection, owner: AvatarOwner) -> Result<(), Error> {
    let (kind, id) = owner.key();
    let query = sqlx::query("DELETE FROM avatars WHERE owner_kind = $1 AND owner_id = $2").bind(kind);
    query.bind(id).run(db).await?;
    Ok(())
}

/// The picture of an ident, in base64.
pub async fn find(db: &mut Connection, ident: &str) -> Result<Option<String>, Error> {
    sqlx::query("SELECT content FROM avatars WHERE ident = $1")
        .bind(ident)
        .find(db, |row| row.text("content"))
        .await
}
