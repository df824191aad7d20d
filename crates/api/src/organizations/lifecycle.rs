//! Organizations come, go, and come back within a day.

use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{
    ApiError, OrganizationAccess, UserAccess,
    scopes::{OrgDelete, OrgWrite},
};
use services::{
    App,
    access::OrganizationScope,
    organizations::{self, OrganizationChange, OrganizationError},
};

use super::OrganizationView;
use crate::body::Fields;

/// `POST /api/0/organizations/`: the actor owns it.
pub(crate) async fn create(
    access: UserAccess<OrgWrite>,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<(StatusCode, Json<OrganizationView>), ApiError> {
    let name = fields.required_text("name");
    let slug = fields.text("slug").filter(|slug| !slug.is_empty());
    fields.finish()?;
    let name = name.unwrap_or_default();
    let organization = organizations::create(&app, &access.actor, &name, slug.as_deref()).await?;
    let membership = organizations::membership(&app, &organization).await?;
    let view = OrganizationView::of(&organization, &membership, &app.url);
    Ok((StatusCode::CREATED, Json(view)))
}

/// `DELETE /api/0/organizations/{organization}/`: closed at once, gone in a day.
pub(crate) async fn delete(
    access: OrganizationAccess<OrgDelete>,
    State(app): State<App>,
) -> Result<(StatusCode, Json<OrganizationView>), ApiError> {
    let organization = organizations::delete(&app, &access.scope).await?;
    let view = OrganizationView::of(&organization, &access.scope.membership, &app.url);
    Ok((StatusCode::ACCEPTED, Json(view)))
}

/// What a change of an organization says about its name, its slug and its deletion.
#[derive(Debug)]
pub(super) struct Lifecycle {
    name: Option<String>,
    slug: Option<String>,
    is_restored: bool,
}

impl Lifecycle {
    pub(super) fn read(fields: &mut Fields) -> Self {
        let given = |fields: &mut Fields, name: &str| {
            if fields.is_given(name) {
                fields.required_text(name)
            } else {
                None
            }
        };
        Self {
            name: given(fields, "name"),
            slug: given(fields, "slug"),
            is_restored: fields.flag("cancelDeletion") == Some(true),
        }
    }

    pub(super) async fn save(self, app: &App, scope: &mut OrganizationScope) -> Result<(), ApiError> {
        if self.is_restored {
            scope.organization = organizations::restore(app, scope).await?;
        }
        let change = OrganizationChange {
            name: self.name.as_deref(),
            slug: self.slug.as_deref(),
        };
        scope.organization = match organizations::update(app, scope, &change).await {
            Err(OrganizationError::Exists(slug)) => {
                return Err(ApiError::field(
                    "slug",
                    format_args!("Another organization uses the slug {slug}."),
                ));
            }
            other => other?,
        };
        Ok(())
    }
}
