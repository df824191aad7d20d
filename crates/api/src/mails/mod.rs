//! `/api/0/organizations/{organization}/mail-addresses/`: addresses that are no member's; and where a provider hands over
//! the answers to mails.

use axum::{Form, Json, extract::State};
use http::StatusCode;
use httpkit::{
    ApiError, ErrorKind, OrganizationAccess, PathParams,
    scopes::{OrgRead, OrgWrite},
};
use model::{MailAddressId, Timestamp};
use serde::{Deserialize, Serialize};
use services::{
    App,
    mails::{
        self, Reply, ReplyError,
        addresses::{self, NewAddress, Purpose},
    },
};
use store::mail_addresses::MailAddress;

use crate::body::Fields;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AddressView {
    id: String,
    address: String,
    purpose: String,
    is_confirmed: bool,
    date_confirmed: Option<Timestamp>,
    date_created: Timestamp,
}

impl From<MailAddress> for AddressView {
    fn from(address: MailAddress) -> Self {
        Self {
            id: address.id.to_string(),
            address: address.address,
            purpose: address.purpose,
            is_confirmed: address.confirmed_at.is_some(),
            date_confirmed: address.confirmed_at,
            date_created: address.created_at,
        }
    }
}

/// `GET /api/0/organizations/{organization}/mail-addresses/`
pub(crate) async fn list(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
) -> Result<Json<Vec<AddressView>>, ApiError> {
    let found = addresses::list(&app, &access.scope).await?;
    Ok(Json(found.into_iter().map(AddressView::from).collect()))
}

/// `POST /api/0/organizations/{organization}/mail-addresses/`: `address` and `purpose`. A mail asks whether it may be used.
pub(crate) async fn create(
    access: OrganizationAccess<OrgWrite>,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<(StatusCode, Json<AddressView>), ApiError> {
    let address = fields.required_text("address").unwrap_or_default();
    let purpose = fields.choice("purpose", Purpose::from_name).unwrap_or(Purpose::Other);
    fields.finish()?;
    let new = NewAddress {
        address: &address,
        purpose,
    };
    let added = addresses::add(&app, &access.scope, new).await?;
    Ok((StatusCode::CREATED, Json(added.into())))
}

/// `PUT /api/0/organizations/{organization}/mail-addresses/{address}/`: another `purpose`.
pub(crate) async fn update(
    access: OrganizationAccess<OrgWrite>,
    State(app): State<App>,
    path: PathParams,
    mut fields: Fields,
) -> Result<StatusCode, ApiError> {
    let purpose = fields.choice("purpose", Purpose::from_name);
    fields.finish()?;
    if let Some(purpose) = purpose {
        addresses::set_purpose(&app, &access.scope, id(&path)?, purpose).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/0/organizations/{organization}/mail-addresses/{address}/`
pub(crate) async fn delete(
    access: OrganizationAccess<OrgWrite>,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    addresses::delete(&app, &access.scope, id(&path)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/0/organizations/{organization}/mail-addresses/{address}/confirm/`: asks once more.
pub(crate) async fn send_confirmation(
    access: OrganizationAccess<OrgWrite>,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    addresses::send_confirmation(&app, &access.scope, id(&path)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn id(path: &PathParams) -> Result<MailAddressId, ApiError> {
    let id = path.get("address")?.parse().map(MailAddressId);
    id.map_err(|_| ApiError::not_found())
}

/// A mail as Mailgun hands it over; there are further fields.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct InboundForm {
    timestamp: String,
    token: String,
    signature: String,
    recipient: String,
    sender: String,
    from: String,
    #[serde(rename = "stripped-text")]
    stripped_text: String,
    #[serde(rename = "body-plain")]
    text: String,
}

/// `POST /api/hooks/mailgun/inbound/`: an answer to a mail. 406 tells the provider that another try will not help.
pub(crate) async fn inbound(State(app): State<App>, Form(form): Form<InboundForm>) -> Result<StatusCode, ApiError> {
    let sender = if form.sender.is_empty() {
        &form.from
    } else {
        &form.sender
    };
    let reply = Reply {
        timestamp: &form.timestamp,
        token: &form.token,
        signature: &form.signature,
        recipient: &form.recipient,
        sender,
        stripped_text: &form.stripped_text,
        text: &form.text,
    };
    match mails::reply(&app, reply).await {
        Ok(()) => Ok(StatusCode::CREATED),
        Err(ReplyError::Store(error)) => Err(error.into()),
        Err(error @ ReplyError::Signature) => Err(ApiError::new(ErrorKind::Forbidden, error.to_string())),
        Err(error) => {
            tracing::info!(error = %error, "an answer by mail was not taken");
            Err(ApiError::new(ErrorKind::NotAcceptable, error.to_string()))
        }
    }
}
