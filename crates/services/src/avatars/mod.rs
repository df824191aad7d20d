//! The pictures of users and organizations: letters of the name, a picture that was sent, or one of gravatar.com where the
//! installation allows it.

mod picture;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use store::{
    avatars::{Avatar, AvatarKind, AvatarOwner},
    organizations::Organization,
    users::User,
};

pub use picture::PictureError;

use crate::{
    App,
    access::OrganizationScope,
    audit::{self, Action, Change, Entry, Target, TargetKind},
    options, secret,
};

/// Larger pictures are refused.
const MOST_BYTES: usize = 5 << 20;

/// What is to be shown.
#[derive(Debug, Clone)]
pub enum NewAvatar {
    Letters,
    Gravatar,
    /// The bytes in base64; none leaves the picture that is there.
    Upload(Option<String>),
}

#[derive(Debug, thiserror::Error)]
pub enum AvatarError {
    #[error("a picture has at most 5 MB")]
    TooLarge,
    #[error("the picture is not in base64")]
    NotBase64,
    #[error("there is no picture: send one")]
    NoPicture,
    #[error("pictures of gravatar.com are switched off here")]
    NoGravatar,
    #[error("organizations have no picture at gravatar.com")]
    NoGravatarOfOrganization,
    #[error(transparent)]
    Picture(#[from] PictureError),
    #[error("it is not there")]
    Absent,
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Changes how a user is pictured.
pub async fn change_of_user(app: &App, user: &User, new: NewAvatar) -> Result<Avatar, AvatarError> {
    let Some((avatar, content)) = made(app, &user.avatar, new).await? else {
        return Ok(user.avatar.clone());
    };
    let mut tx = app.store.begin().await?;
    let owner = AvatarOwner::User(user.id);
    store::avatars::set(&mut tx, owner, &avatar, content.as_deref(), app.now()).await?;
    tx.commit().await?;
    Ok(avatar)
}

/// Changes how an organization is pictured.
pub async fn change_of_organization(
    app: &App,
    scope: &OrganizationScope,
    new: NewAvatar,
) -> Result<Avatar, AvatarError> {
    let organization = &scope.organization;
    if matches!(new, NewAvatar::Gravatar) {
        return Err(AvatarError::NoGravatarOfOrganization);
    }
    let Some((avatar, content)) = made(app, &organization.avatar, new).await? else {
        return Ok(organization.avatar.clone());
    };
    let mut tx = app.store.begin().await?;
    let owner = AvatarOwner::Organization(organization.id);
    store::avatars::set(&mut tx, owner, &avatar, content.as_deref(), app.now()).await?;
    let entry = entry(organization, &avatar);
    audit::record(app, &mut tx, &scope.actor, entry).await?;
    tx.commit().await?;
    Ok(avatar)
}

fn entry<'a>(organization: &'a Organization, avatar: &Avatar) -> Entry<'a> {
    let fields = |avatar: &Avatar| json!({ "avatarType": avatar.kind.name(), "avatar": avatar.ident });
    Entry {
        organization: Some(organization.id),
        action: Action::ORGANIZATION_EDITED,
        target: Target {
            kind: TargetKind::Organization,
            id: organization.id.0,
            label: &organization.slug,
        },
        change: Change::between(&fields(&organization.avatar), &fields(avatar)),
    }
}

/// What is stored then; none where all stays as it is.
async fn made(app: &App, before: &Avatar, new: NewAvatar) -> Result<Option<(Avatar, Option<String>)>, AvatarError> {
    let of_kind = |kind| {
        let avatar = Avatar { kind, ident: None };
        Ok((avatar != *before).then_some((avatar, None)))
    };
    match new {
        NewAvatar::Letters => of_kind(AvatarKind::Letters),
        NewAvatar::Gravatar if !options::get_flag(app, &options::GRAVATAR).await? => Err(AvatarError::NoGravatar),
        NewAvatar::Gravatar => of_kind(AvatarKind::Gravatar),
        NewAvatar::Upload(None) if before.kind == AvatarKind::Upload => Ok(None),
        NewAvatar::Upload(None) => Err(AvatarError::NoPicture),
        NewAvatar::Upload(Some(text)) => {
            let content = kept(text).await?;
            let avatar = Avatar {
                kind: AvatarKind::Upload,
                ident: Some(secret::random_hex::<16>()),
            };
            Ok(Some((avatar, Some(content))))
        }
    }
}

async fn kept(text: String) -> Result<String, AvatarError> {
    if text.len() / 4 * 3 > MOST_BYTES {
        return Err(AvatarError::TooLarge);
    }
    let work = move || {
        let bytes = STANDARD.decode(text.trim()).map_err(|_| AvatarError::NotBase64)?;
        Ok(STANDARD.encode(picture::normalized(&bytes)?))
    };
    blocking(work).await
}

/// A picture that was sent, as PNG, in about the wanted side; as it is kept where no side is wanted.
pub async fn read(app: &App, ident: &str, side: Option<u32>) -> Result<Vec<u8>, AvatarError> {
    let content = store::avatars::find(&mut *app.store.read().await?, ident).await?;
    let content = content.ok_or(AvatarError::Absent)?;
    let work = move || {
        let kept = STANDARD.decode(&content).map_err(|_| AvatarError::Absent)?;
        match side {
            Some(side) => Ok(picture::resized(&kept, side)?),
            None => Ok(kept),
        }
    };
    blocking(work).await
}

/// Pictures take milliseconds of computing.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AvatarError> + Send + 'static,
) -> Result<T, AvatarError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or(Err(AvatarError::Picture(PictureError::Broken)))
}
