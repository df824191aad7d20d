//! The server that takes the mails, with a try that shows what was said.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{ApiError, CsrfForm, InstanceAccess, instance_permissions::Superuser};
use serde::Deserialize;
use services::mails::{self, Dialogue, Line, MailConfig, SettingsError, Side, Tested};

use super::{sample_shell, shell};
use crate::{
    form::FormErrors,
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    projects::settings::refused,
    shell::Shell,
    urls::{self, AdminSection},
    visit::Visit,
};

/// A route of the API.
const INBOUND: &str = "/api/hooks/mailgun/inbound/";

#[derive(Debug, Template)]
#[template(path = "admin/mail_server.html")]
pub(crate) struct MailServerPage {
    pub(crate) shell: Shell,
    pub(crate) section: AdminSection,
    pub(crate) config: MailConfig,
    /// To whom the test goes.
    pub(crate) to: String,
    pub(crate) tested: Option<Tested>,
    /// Where the provider hands answers over.
    pub(crate) inbound: String,
    pub(crate) errors: FormErrors,
}

impl MailServerPage {
    /// The attribute of a field that file or environment set.
    pub(crate) fn disabled(&self, name: &str) -> &'static str {
        if self.is_locked(name) { "disabled" } else { "" }
    }

    pub(crate) fn is_locked(&self, name: &str) -> bool {
        self.config.locked.contains(&name)
    }

    pub(crate) fn mark(line: &Line) -> &'static str {
        match line.side {
            Side::Note => "·",
            Side::Client => "→",
            Side::Server => "←",
        }
    }
}

/// What the form sends; a field that is locked sends nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct MailServerForm {
    backend: Option<String>,
    host: Option<String>,
    port: Option<String>,
    username: Option<String>,
    password: String,
    encryption: Option<String>,
    timeout: Option<String>,
    from: Option<String>,
    from_name: Option<String>,
    subject_prefix: Option<String>,
    list_namespace: Option<String>,
    reply_host: Option<String>,
    reply_key: String,
}

impl MailServerForm {
    fn config(self, before: MailConfig) -> (MailConfig, Option<String>, Option<String>) {
        let text = |sent: Option<String>, before: String| sent.map_or(before, |text| text.trim().to_owned());
        let number = |sent: Option<String>| sent.and_then(|text| text.trim().parse().ok());
        let encryption = self.encryption.as_deref();
        let config = MailConfig {
            backend: text(self.backend, before.backend),
            host: text(self.host, before.host),
            port: number(self.port).map_or(before.port, |port: u16| port),
            username: text(self.username, before.username),
            use_tls: encryption.map_or(before.use_tls, |kind| kind == "tls"),
            use_ssl: encryption.map_or(before.use_ssl, |kind| kind == "ssl"),
            timeout: self
                .timeout
                .and_then(|text| text.trim().parse().ok())
                .unwrap_or(before.timeout),
            from: text(self.from, before.from),
            from_name: text(self.from_name, before.from_name),
            // Its space at the end counts.
            subject_prefix: self.subject_prefix.unwrap_or(before.subject_prefix),
            list_namespace: text(self.list_namespace, before.list_namespace),
            reply_host: text(self.reply_host, before.reply_host),
            ..before
        };
        let given = |secret: String| (!secret.is_empty()).then_some(secret);
        (config, given(self.password), given(self.reply_key))
    }
}

async fn page(visit: &Visit, config: MailConfig, errors: FormErrors) -> Result<MailServerPage, ApiError> {
    let shell = shell(visit, AdminSection::Mails).await?;
    let to = shell
        .viewer
        .as_ref()
        .map(|viewer| viewer.email.clone())
        .unwrap_or_default();
    Ok(MailServerPage {
        shell,
        section: AdminSection::Mails,
        config,
        to,
        tested: None,
        inbound: visit.app.url.join(INBOUND),
        errors,
    })
}

/// `GET /admin/mail/`
pub(crate) async fn show(visit: Visit, _: InstanceAccess<Superuser>) -> Result<Page<MailServerPage>, ApiError> {
    let config = mails::config(&visit.app).await?;
    page(&visit, config, FormErrors::default()).await.map(Page)
}

/// `POST /admin/mail/`
pub(crate) async fn save(
    visit: Visit,
    access: InstanceAccess<Superuser>,
    CsrfForm { form, .. }: CsrfForm<MailServerForm>,
) -> Result<Response, ApiError> {
    let before = mails::config(&visit.app).await?;
    let (config, password, reply_key) = form.config(before);
    let saved = mails::save(
        &visit.app,
        &access.actor,
        &config,
        password.as_deref(),
        reply_key.as_deref(),
    )
    .await;
    let errors = match saved {
        Ok(()) => {
            return Ok((PendingNotice::of(Done::NameSaved), Redirect::to(urls::ADMIN_MAIL)).into_response());
        }
        Err(SettingsError::Store(error)) => return Err(error.into()),
        Err(error @ SettingsError::TwoEncryptions) => FormErrors::one("encryption", error.to_string()),
        Err(error @ SettingsError::From(_)) => FormErrors::one("from", error.to_string()),
        Err(SettingsError::Option { option, error }) => {
            let field = option.trim_start_matches("mail.").replace('-', "_");
            FormErrors::one(&field, error.to_string())
        }
    };
    Ok(refused(page(&visit, config, errors).await?))
}

#[derive(Debug, Deserialize)]
pub(crate) struct TestForm {
    to: String,
}

/// `POST /admin/mail/test/`: sends a mail at once, and shows what was said.
pub(crate) async fn test(
    visit: Visit,
    _: InstanceAccess<Superuser>,
    CsrfForm { form, .. }: CsrfForm<TestForm>,
) -> Result<Page<MailServerPage>, ApiError> {
    let to = form.to.trim().to_owned();
    let tested = mails::test(&visit.app, &to).await?;
    let config = mails::config(&visit.app).await?;
    let page = page(&visit, config, FormErrors::default()).await?;
    Ok(Page(MailServerPage {
        tested: Some(tested),
        to,
        ..page
    }))
}

impl MailServerPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |config: MailConfig, tested, errors| Self {
            shell: sample_shell(AdminSection::Mails),
            section: AdminSection::Mails,
            config,
            to: "ada@example.com".to_owned(),
            tested,
            inbound: format!("https://tocsin.example{INBOUND}"),
            errors,
        };
        let line = |side, text: &str| Line {
            side,
            text: text.to_owned(),
        };
        let mut tested = Tested {
            result: Err("535 5.7.8 authentication failed".to_owned()),
            dialogue: Dialogue::default(),
        };
        tested.dialogue.lines = vec![
            line(Side::Note, "connecting to smtp.example.com, port 587"),
            line(Side::Client, "EHLO tocsin.example"),
            line(Side::Server, "535 5.7.8 authentication failed"),
        ];
        let typical = MailConfig {
            backend: "smtp".to_owned(),
            host: "smtp.example.com".to_owned(),
            port: 587,
            username: "apikey".to_owned(),
            has_password: true,
            use_tls: true,
            timeout: 10,
            from: "bell@example.com".to_owned(),
            from_name: "Tocsin".to_owned(),
            subject_prefix: "[Tocsin] ".to_owned(),
            ..MailConfig::default()
        };
        let locked = MailConfig {
            locked: vec!["mail.host", "mail.port", "mail.password", "mail.use-tls"],
            ..typical.clone()
        };
        let hostile = MailConfig {
            host: gallery::HOSTILE.to_owned(),
            from: gallery::HOSTILE.to_owned(),
            ..typical.clone()
        };
        let empty = MailConfig {
            backend: "smtp".to_owned(),
            port: 25,
            timeout: 10,
            ..MailConfig::default()
        };
        let wrong = FormErrors::one("from", "\"x\" is not an e-mail address");
        vec![
            Sample::new("admin-mail-server-empty", &page(empty, None, FormErrors::default())),
            Sample::new(
                "admin-mail-server-typical",
                &page(typical, Some(tested), FormErrors::default()),
            ),
            Sample::new("admin-mail-server-locked", &page(locked, None, FormErrors::default())),
            Sample::new("admin-mail-server-hostile", &page(hostile, None, wrong)),
        ]
    }
}
