use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{ApiError, CsrfForm, InstanceAccess, PathParams, instance_permissions::Superuser};
use model::{DeliveryId, DeliveryState, Timestamp};
use services::mails::Outgoing;

use super::{sample_shell, shell};
use crate::{
    form::NoFields,
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    shell::Shell,
    urls::{self, AdminSection},
    visit::Visit,
};

/// One mail with its text; looking at it is noted.
#[derive(Debug, Template)]
#[template(path = "admin/mail.html")]
pub(crate) struct MailPage {
    pub(crate) shell: Shell,
    pub(crate) section: AdminSection,
    pub(crate) id: i64,
    pub(crate) recipient: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) state: DeliveryState,
    pub(crate) attempts: i64,
    pub(crate) answer: String,
    pub(crate) written: Timestamp,
}

fn id(path: &PathParams) -> Result<DeliveryId, ApiError> {
    let id = path.get("mail")?.parse().map(DeliveryId);
    id.map_err(|_| ApiError::not_found())
}

/// `GET /admin/mails/{mail}/`
pub(crate) async fn show(
    visit: Visit,
    access: InstanceAccess<Superuser>,
    path: PathParams,
) -> Result<Page<MailPage>, ApiError> {
    let mail = services::mails::read(&visit.app, &access.actor, id(&path)?).await?;
    let mail: Outgoing = mail.ok_or_else(ApiError::not_found)?;
    Ok(Page(MailPage {
        shell: shell(&visit, AdminSection::Mails).await?,
        section: AdminSection::Mails,
        id: mail.id.0,
        recipient: mail.recipient,
        subject: mail.subject,
        text: mail.body,
        headers: mail.headers,
        state: mail.state,
        attempts: mail.attempts,
        answer: mail.answer.unwrap_or_default(),
        written: mail.created_at,
    }))
}

/// `POST /admin/mails/{mail}/send/`: lets one go that did not.
pub(crate) async fn send(
    visit: Visit,
    access: InstanceAccess<Superuser>,
    path: PathParams,
    _: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    let id = id(&path)?;
    services::mails::resend(&visit.app, &access.actor, id).await?;
    let page = urls::admin_mail(id.0);
    Ok((PendingNotice::of(Done::EmailSent), Redirect::to(&page)).into_response())
}

impl MailPage {
    /// It does not leave by itself.
    pub(crate) fn may_send(&self) -> bool {
        !matches!(self.state, DeliveryState::Sent | DeliveryState::Waiting)
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |subject: &str, text: &str, state| Self {
            shell: sample_shell(AdminSection::Mails),
            section: AdminSection::Mails,
            id: 7,
            recipient: "ada@example.com".to_owned(),
            subject: subject.to_owned(),
            text: text.to_owned(),
            headers: vec![(
                "Message-Id".to_owned(),
                "<20261121220000.7.abc@tocsin.example>".to_owned(),
            )],
            state,
            attempts: 2,
            answer: text.chars().take(20).collect(),
            written: gallery::ago(3_600),
        };
        let text = "Open this link:\nhttps://tocsin.example/auth/recover/abc/\n";
        vec![
            Sample::new(
                "admin-mail-typical",
                &page("Choose a new password", text, DeliveryState::Held),
            ),
            Sample::new(
                "admin-mail-hostile",
                &page(gallery::HOSTILE, gallery::HOSTILE, DeliveryState::Sent),
            ),
        ]
    }
}
