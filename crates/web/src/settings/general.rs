//! What the organization is called, what its members may do, what may come back, and its end.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{
    ApiError, CsrfForm, OrganizationAccess, PathParams,
    scopes::{OrgDelete, OrgRead, OrgWrite, ProjectAdmin},
};
use model::{OrganizationRole, Timestamp};
use serde::Deserialize;
use services::{
    Scope,
    access::{MembershipSettings, OrganizationScope},
    members,
    organizations::{self, MembershipProblem, OrganizationChange},
    projects, settings,
};

use super::{Frame, saved};
use crate::{
    form::{FormErrors, NoFields, Switch},
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    projects::settings::refused,
    shell::Shell,
    urls::{Links, OrganizationSection},
    visit::Visit,
};

#[derive(Debug, Template)]
#[template(path = "settings/general.html")]
pub(crate) struct OrganizationPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    /// As it is, whatever was typed.
    pub(crate) current_slug: String,
    slug: String,
    name: String,
    membership: MembershipSettings,
    pub(crate) roles: Vec<OrganizationRole>,
    /// Projects that may still come back.
    pub(crate) deleted: Vec<DeletedRow>,
    pub(crate) may_delete: bool,
    pub(crate) errors: FormErrors,
}

#[derive(Debug, Clone)]
pub(crate) struct DeletedRow {
    pub(crate) id: i64,
    pub(crate) slug: String,
    pub(crate) until: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct OrganizationForm {
    name: String,
    slug: String,
}

/// `GET /organizations/{organization}/settings/`
pub(crate) async fn show(
    visit: Visit,
    access: OrganizationAccess<OrgRead>,
) -> Result<Page<OrganizationPage>, ApiError> {
    let scope = access.scope;
    Ok(Page(
        page(&visit, &scope, None, &scope.membership, FormErrors::default()).await?,
    ))
}

async fn page(
    visit: &Visit,
    scope: &OrganizationScope,
    typed: Option<OrganizationForm>,
    membership: &MembershipSettings,
    errors: FormErrors,
) -> Result<OrganizationPage, ApiError> {
    let (shell, frame) = Frame::new(visit, scope, OrganizationSection::General).await?;
    let current = &scope.organization;
    let deleted = projects::hidden(&visit.app, scope).await?.into_iter();
    let mut roles = members::assignable_roles(scope);
    // The one that is set stands there, also if the reader could not choose it.
    if !roles.contains(&membership.default_role) {
        roles.push(membership.default_role);
    }
    let (name, slug) = typed.map_or_else(
        || (current.name.clone(), current.slug.clone()),
        |form| (form.name, form.slug),
    );
    Ok(OrganizationPage {
        shell,
        frame,
        current_slug: current.slug.clone(),
        slug,
        name,
        membership: membership.clone(),
        roles,
        deleted: deleted
            .map(|project| DeletedRow {
                id: project.id.0,
                slug: project.slug,
                until: project.delete_at,
            })
            .collect(),
        may_delete: scope.rights.allow(Scope::OrgAdmin),
        errors,
    })
}

/// `POST /organizations/{organization}/settings/`
pub(crate) async fn save(
    visit: Visit,
    access: OrganizationAccess<OrgWrite>,
    CsrfForm { form, .. }: CsrfForm<OrganizationForm>,
) -> Result<Response, ApiError> {
    let mut scope = access.scope;
    let change = OrganizationChange {
        name: Some(&form.name),
        slug: Some(form.slug.trim()),
    };
    match organizations::update(&visit.app, &scope, &change).await {
        Ok(organization) => {
            scope.organization = organization;
            Ok(saved(&visit, &scope, OrganizationSection::General))
        }
        Err(error) => {
            let errors = FormErrors::of_api(error.into())?;
            Ok(refused(
                page(&visit, &scope, Some(form), &scope.membership, errors).await?,
            ))
        }
    }
}

/// A switch that is off is not sent.
#[derive(Debug, Deserialize)]
pub(crate) struct MembershipForm {
    open_membership: Option<String>,
    allow_join_requests: Option<String>,
    require_two_factor: Option<String>,
    events_member_admin: Option<String>,
    alerts_member_write: Option<String>,
    allow_member_invite: Option<String>,
    allow_member_project_creation: Option<String>,
    allow_superuser_access: Option<String>,
    allow_shared_issues: Option<String>,
    default_role: String,
}

impl MembershipForm {
    fn read(&self, before: &MembershipSettings) -> MembershipSettings {
        MembershipSettings {
            open_membership: self.open_membership.is_some(),
            allow_join_requests: self.allow_join_requests.is_some(),
            require_two_factor: self.require_two_factor.is_some(),
            events_member_admin: self.events_member_admin.is_some(),
            alerts_member_write: self.alerts_member_write.is_some(),
            allow_member_invite: self.allow_member_invite.is_some(),
            allow_member_project_creation: self.allow_member_project_creation.is_some(),
            allow_superuser_access: self.allow_superuser_access.is_some(),
            allow_shared_issues: self.allow_shared_issues.is_some(),
            default_role: OrganizationRole::from_name(&self.default_role).unwrap_or(before.default_role),
            ..before.clone()
        }
    }
}

/// `POST /organizations/{organization}/settings/membership/`
pub(crate) async fn save_membership(
    visit: Visit,
    access: OrganizationAccess<OrgWrite>,
    CsrfForm { form, .. }: CsrfForm<MembershipForm>,
) -> Result<Response, ApiError> {
    let scope = access.scope;
    let wanted = form.read(&scope.membership);
    let problems = organizations::membership_problems(&scope, &wanted).into_iter();
    let errors = problems.fold(FormErrors::default(), |errors, problem| {
        let field = match problem {
            MembershipProblem::ShutsOut => "require_two_factor",
            MembershipProblem::RoleAboveOwn => "default_role",
        };
        errors.and(field, problem.to_string())
    });
    if !errors.is_empty() {
        return Ok(refused(page(&visit, &scope, None, &wanted, errors).await?));
    }
    if wanted != scope.membership {
        settings::set_of_organization(&visit.app, &scope, &wanted).await?;
    }
    Ok(saved(&visit, &scope, OrganizationSection::General))
}

/// `POST /organizations/{organization}/settings/projects/{project_id}/restore/`
pub(crate) async fn restore_project(
    visit: Visit,
    access: OrganizationAccess<ProjectAdmin>,
    path: PathParams,
    _: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    let id = path.get("project_id")?.parse().map_err(|_| ApiError::not_found())?;
    let project = projects::restore(&visit.app, &access.scope, id).await?;
    let links = Links::new(&access.scope.organization.slug, String::new());
    let to = Redirect::to(&links.project_settings(&project.slug));
    Ok((PendingNotice::of(Done::ProjectRestored), to).into_response())
}

#[derive(Debug, Deserialize)]
pub(crate) struct Deletion {
    /// The slug, typed.
    confirm: String,
}

/// `POST /organizations/{organization}/delete/`: leads to the page that brings it back.
pub(crate) async fn delete(
    visit: Visit,
    access: OrganizationAccess<OrgDelete>,
    CsrfForm { form, .. }: CsrfForm<Deletion>,
) -> Result<Response, ApiError> {
    let scope = access.scope;
    let links = Links::new(&scope.organization.slug, String::new());
    if form.confirm.trim() != scope.organization.slug {
        let back = links.organization_section(OrganizationSection::General);
        return Ok((PendingNotice::of(Done::OrganizationNotConfirmed), Redirect::to(&back)).into_response());
    }
    organizations::delete(&visit.app, &scope).await?;
    let to = Redirect::to(&links.restore_organization());
    Ok((PendingNotice::of(Done::OrganizationDeleted), to).into_response())
}

impl OrganizationPage {
    fn switches(&self) -> Vec<Switch> {
        let of = &self.membership;
        vec![
            Switch::new(
                "open_membership",
                "Open membership",
                "Members see all projects and may join every team. Off: they see those of their own teams.",
                of.open_membership,
            ),
            Switch::new(
                "allow_join_requests",
                "People may ask to join",
                "By an address that is shown to members. Nobody is let in without one who may invite.",
                of.allow_join_requests,
            ),
            Switch::new(
                "require_two_factor",
                "Require two-factor authentication",
                "Members without a second factor have no access, neither by browser nor by token, until they set one up.",
                of.require_two_factor,
            ),
            Switch::new(
                "allow_member_invite",
                "Members may invite",
                "Off: what members send is a request that a manager decides on.",
                of.allow_member_invite,
            ),
            Switch::new(
                "allow_member_project_creation",
                "Members may create projects",
                "For a team that they are in.",
                of.allow_member_project_creation,
            ),
            Switch::new(
                "events_member_admin",
                "Members may delete issues and events",
                "Off: only administrators of teams and above.",
                of.events_member_admin,
            ),
            Switch::new(
                "alerts_member_write",
                "Members may change alert rules",
                "Off: only administrators of teams and above.",
                of.alerts_member_write,
            ),
            Switch::new(
                "allow_shared_issues",
                "Issues may be shared by link",
                "Whoever has the link reads the issue without an account. Off: links that were made stop working.",
                of.allow_shared_issues,
            ),
            Switch::new(
                "allow_superuser_access",
                "Administrators of the installation may enter",
                "In superuser mode, which is noted. Off: the organization is closed to them unless they are members.",
                of.allow_superuser_access,
            ),
        ]
    }

    fn is_default(&self, role: &OrganizationRole) -> bool {
        self.membership.default_role == *role
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |name: &str, errors| {
            let (shell, frame) = Frame::sample(OrganizationSection::General);
            Self {
                shell,
                frame,
                current_slug: "acme".to_owned(),
                slug: "acme".to_owned(),
                name: name.to_owned(),
                membership: MembershipSettings::default(),
                roles: OrganizationRole::ALL.to_vec(),
                deleted: Vec::new(),
                may_delete: true,
                errors,
            }
        };
        let error = FormErrors::one("name", "The organization needs a name.");
        let mut member = page("Acme", FormErrors::default());
        (member.may_delete, member.frame.may_write) = (false, false);
        let mut with_deleted = page("Acme", FormErrors::default());
        with_deleted.deleted = vec![DeletedRow {
            id: 7,
            slug: "old-shop".to_owned(),
            until: Some(gallery::ago(-40_000)),
        }];
        vec![
            Sample::new("organization-typical", &with_deleted),
            Sample::new("organization-member", &member),
            Sample::new("organization-wrong", &page("", error)),
            Sample::new("organization-hostile", &page(gallery::HOSTILE, FormErrors::default())),
        ]
    }
}
