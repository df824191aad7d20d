use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{ApiError, CsrfForm, InstanceAccess, instance_permissions::Superuser};
use model::{DeliveryState, Timestamp};
use serde::Deserialize;
use services::mails::Outgoing;
use store::{IdPage, IdStart};

use super::{sample_shell, shell};
use crate::{
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    shell::Shell,
    urls::{self, AdminSection},
    visit::Visit,
};

/// Mails on one page.
const PAGE: usize = 100;

/// The mails that the installation wrote, without their texts: those hold links that let people in.
#[derive(Debug, Template)]
#[template(path = "admin/mails.html")]
pub(crate) struct MailsPage {
    pub(crate) shell: Shell,
    pub(crate) section: AdminSection,
    /// The name of a state; empty for all.
    pub(crate) state: String,
    pub(crate) mails: Vec<MailRow>,
    /// Where the list goes on.
    pub(crate) next: Option<String>,
    /// How many wait, and since when the oldest does.
    pub(crate) waiting: i64,
    pub(crate) oldest: Option<Timestamp>,
    /// A server is set.
    pub(crate) is_sent: bool,
    pub(crate) flagged: Vec<FlaggedRow>,
}

#[derive(Debug, Clone)]
pub(crate) struct MailRow {
    pub(crate) id: i64,
    pub(crate) recipient: String,
    pub(crate) subject: String,
    pub(crate) written: Timestamp,
    pub(crate) sent: Option<Timestamp>,
    pub(crate) state: DeliveryState,
    /// What the server said the last time; empty before the first attempt.
    pub(crate) answer: String,
}

/// An address to which nothing is sent.
#[derive(Debug, Clone)]
pub(crate) struct FlaggedRow {
    pub(crate) address: String,
    pub(crate) answer: String,
    pub(crate) last: Timestamp,
}

impl From<Outgoing> for MailRow {
    fn from(mail: Outgoing) -> Self {
        Self {
            id: mail.id.0,
            recipient: mail.recipient,
            subject: mail.subject,
            written: mail.created_at,
            sent: mail.sent_at,
            state: mail.state,
            answer: mail.answer.unwrap_or_default(),
        }
    }
}

impl MailRow {
    /// Nothing more comes of it by itself, and it is not there.
    pub(crate) fn is_stuck(&self) -> bool {
        self.state != DeliveryState::Sent && self.state.is_final()
    }
}

/// `GET /admin/mails/`
pub(crate) async fn show(visit: Visit, _: InstanceAccess<Superuser>) -> Result<Page<MailsPage>, ApiError> {
    let before = visit.field("before").and_then(|before| before.parse().ok());
    let page = IdPage {
        start: before.map_or(IdStart::Newest, IdStart::OlderThan),
        limit: PAGE as i64 + 1,
    };
    let state = visit.field("state").and_then(DeliveryState::from_name);
    let mut mails = services::mails::list_in(&visit.app, state, page).await?;
    let has_more = mails.len() > PAGE;
    mails.truncate(PAGE);
    let next = mails.last().filter(|_| has_more).map(|last| {
        let pairs = [
            ("state", state.map_or("", DeliveryState::name).to_owned()),
            ("before", last.id.to_string()),
        ];
        format!("{}?{}", urls::ADMIN_MAILS, urls::query(pairs))
    });
    let waiting = services::mails::waiting(&visit.app).await?;
    let config = services::mails::config(&visit.app).await?;
    let flagged = services::mails::flagged(&visit.app).await?;
    Ok(Page(MailsPage {
        shell: shell(&visit, AdminSection::Mails).await?,
        section: AdminSection::Mails,
        state: state.map_or("", DeliveryState::name).to_owned(),
        mails: mails.into_iter().map(MailRow::from).collect(),
        next,
        waiting: waiting.mails,
        oldest: waiting.oldest,
        is_sent: !config.host.is_empty(),
        flagged: flagged
            .into_iter()
            .map(|bounce| FlaggedRow {
                address: bounce.address,
                answer: bounce.answer,
                last: bounce.last_at,
            })
            .collect(),
    }))
}

#[derive(Debug, Deserialize)]
pub(crate) struct ForgiveForm {
    address: String,
}

/// `POST /admin/mails/forgive/`: tries an address again.
pub(crate) async fn forgive(
    visit: Visit,
    access: InstanceAccess<Superuser>,
    CsrfForm { form, .. }: CsrfForm<ForgiveForm>,
) -> Result<Response, ApiError> {
    services::mails::forgive(&visit.app, &access.actor, &form.address).await?;
    Ok((PendingNotice::of(Done::NameSaved), Redirect::to(urls::ADMIN_MAILS)).into_response())
}

impl MailsPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |mails, next: Option<&str>, flagged| Self {
            shell: sample_shell(AdminSection::Mails),
            section: AdminSection::Mails,
            state: String::new(),
            mails,
            next: next.map(str::to_owned),
            waiting: 2,
            oldest: Some(gallery::ago(3_600)),
            is_sent: next.is_some(),
            flagged,
        };
        let row = |subject: &str, state, answer: &str| MailRow {
            id: 7,
            recipient: "ada@example.com".to_owned(),
            subject: subject.to_owned(),
            written: gallery::ago(3_600),
            sent: (state == DeliveryState::Sent).then(|| gallery::ago(3_590)),
            state,
            answer: answer.to_owned(),
        };
        let flagged = |address: &str| FlaggedRow {
            address: address.to_owned(),
            answer: "550 5.1.1 no such user".to_owned(),
            last: gallery::ago(600),
        };
        vec![
            Sample::new("admin-mails-empty", &page(Vec::new(), None, Vec::new())),
            Sample::new(
                "admin-mails-typical",
                &page(
                    vec![
                        row("Confirm your address", DeliveryState::Held, "no mail server is set"),
                        row("Choose a new password", DeliveryState::Sent, "250 2.0.0 queued"),
                        row("WEB-1 - TypeError", DeliveryState::Refused, "550 5.1.1 no such user"),
                    ],
                    Some("/admin/mails/?before=7"),
                    vec![flagged("gone@example.com")],
                ),
            ),
            Sample::new(
                "admin-mails-hostile",
                &page(
                    vec![row(gallery::HOSTILE, DeliveryState::Waiting, gallery::HOSTILE)],
                    None,
                    vec![flagged(gallery::HOSTILE)],
                ),
            ),
        ]
    }
}
