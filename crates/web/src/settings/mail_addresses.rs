//! The addresses of an organization that are no user's: distribution lists, on-call boxes, whole domains.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{
    ApiError, CsrfForm, OrganizationAccess, PathParams,
    scopes::{OrgRead, OrgWrite},
};
use model::{MailAddressId, Timestamp};
use serde::Deserialize;
use services::{
    access::OrganizationScope,
    mails::addresses::{self, AddressError, NewAddress, Purpose},
};

use super::Frame;
use crate::{
    form::{FormErrors, NoFields},
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    projects::settings::refused,
    shell::Shell,
    urls::{Links, OrganizationSection},
    visit::Visit,
};

const SECTION: OrganizationSection = OrganizationSection::MailAddresses;

#[derive(Debug, Template)]
#[template(path = "settings/mail_addresses.html")]
pub(crate) struct MailAddressesPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    pub(crate) addresses: Vec<AddressRow>,
    pub(crate) form: AddressForm,
    pub(crate) errors: FormErrors,
}

#[derive(Debug, Clone)]
pub(crate) struct AddressRow {
    pub(crate) id: i64,
    pub(crate) address: String,
    pub(crate) purpose: &'static str,
    pub(crate) confirmed: Option<Timestamp>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct AddressForm {
    address: String,
    purpose: String,
}

/// `GET /organizations/{organization}/settings/mail-addresses/`
pub(crate) async fn show(
    visit: Visit,
    access: OrganizationAccess<OrgRead>,
) -> Result<Page<MailAddressesPage>, ApiError> {
    let form = AddressForm::default();
    page(&visit, &access.scope, form, FormErrors::default()).await.map(Page)
}

async fn page(
    visit: &Visit,
    scope: &OrganizationScope,
    form: AddressForm,
    errors: FormErrors,
) -> Result<MailAddressesPage, ApiError> {
    let (shell, frame) = Frame::new(visit, scope, SECTION).await?;
    let rows = addresses::list(&visit.app, scope).await?;
    Ok(MailAddressesPage {
        shell,
        frame,
        addresses: rows
            .into_iter()
            .map(|row| AddressRow {
                id: row.id.0,
                purpose: Purpose::from_name(&row.purpose).map_or("", Purpose::title),
                address: row.address,
                confirmed: row.confirmed_at,
            })
            .collect(),
        form,
        errors,
    })
}

/// `POST /organizations/{organization}/settings/mail-addresses/`
pub(crate) async fn add(
    visit: Visit,
    access: OrganizationAccess<OrgWrite>,
    CsrfForm { form, .. }: CsrfForm<AddressForm>,
) -> Result<Response, ApiError> {
    let scope = access.scope;
    let new = NewAddress {
        address: &form.address,
        purpose: Purpose::from_name(&form.purpose).unwrap_or(Purpose::Other),
    };
    let errors = match addresses::add(&visit.app, &scope, new).await {
        Ok(_) => return Ok(back(&visit, &scope, Done::EmailSent)),
        Err(error) => of_error(error)?,
    };
    Ok(refused(page(&visit, &scope, form, errors).await?))
}

/// `POST /organizations/{organization}/settings/mail-addresses/{address}/confirm/`: asks once more.
pub(crate) async fn send(
    visit: Visit,
    access: OrganizationAccess<OrgWrite>,
    path: PathParams,
    _: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    addresses::send_confirmation(&visit.app, &access.scope, id(&path)?).await?;
    Ok(back(&visit, &access.scope, Done::EmailSent))
}

/// `POST /organizations/{organization}/settings/mail-addresses/{address}/remove/`
pub(crate) async fn remove(
    visit: Visit,
    access: OrganizationAccess<OrgWrite>,
    path: PathParams,
    _: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    addresses::delete(&visit.app, &access.scope, id(&path)?).await?;
    Ok(back(&visit, &access.scope, Done::EmailRemoved))
}

fn id(path: &PathParams) -> Result<MailAddressId, ApiError> {
    let id = path.get("address")?.parse().map(MailAddressId);
    id.map_err(|_| ApiError::not_found())
}

fn back(visit: &Visit, scope: &OrganizationScope, done: Done) -> Response {
    let links = Links::new(&scope.organization.slug, visit.scope().query());
    (
        PendingNotice::of(done),
        Redirect::to(&links.organization_section(SECTION)),
    )
        .into_response()
}

fn of_error(error: AddressError) -> Result<FormErrors, ApiError> {
    FormErrors::of_api(error.into())
}

impl MailAddressesPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |addresses, address: &str, errors| {
            let (shell, frame) = Frame::sample(SECTION);
            Self {
                shell,
                frame,
                addresses,
                form: AddressForm {
                    address: address.to_owned(),
                    purpose: "team".to_owned(),
                },
                errors,
            }
        };
        let row = |address: &str, purpose: Purpose, is_confirmed: bool| AddressRow {
            id: 7,
            address: address.to_owned(),
            purpose: purpose.title(),
            confirmed: is_confirmed.then(|| gallery::ago(3_600)),
        };
        let typical = vec![
            row("oncall@example.com", Purpose::OnCall, true),
            row("engineering-all@example.com", Purpose::AllHands, true),
            row("@example.com", Purpose::Other, false),
        ];
        let wrong = FormErrors::one("address", "expected an e-mail address, or @ and a domain");
        vec![
            Sample::new("mail-addresses-empty", &page(Vec::new(), "", FormErrors::default())),
            Sample::new("mail-addresses-typical", &page(typical, "", FormErrors::default())),
            Sample::new("mail-addresses-wrong", &page(Vec::new(), "x", wrong)),
            Sample::new(
                "mail-addresses-hostile",
                &page(
                    vec![row(gallery::HOSTILE, Purpose::Team, false)],
                    gallery::HOSTILE,
                    FormErrors::default(),
                ),
            ),
        ]
    }
}
