//! The server that takes the mails of the installation, and who they come from.

use std::{sync::Weak, time::Duration};

use integrations::email::{
    Dialogue, Encryption, Mail, MailServer, Mailbox, Smtp, SmtpError, SmtpSource, SmtpUrlError, Sourcing, is_address,
    send,
};
use serde_json::{Value, json};

use super::letter::{Block, Footer, Letter};
use crate::{
    Actor, App, AppState,
    options::{self, Definition, OptionChannel, OptionError, Reader, Setting, Target},
    secret,
};

/// The options of this page, in the order in which they are shown.
const OPTIONS: [&Definition; 14] = [
    &options::MAIL_BACKEND,
    &options::MAIL_HOST,
    &options::MAIL_PORT,
    &options::MAIL_USE_TLS,
    &options::MAIL_USE_SSL,
    &options::MAIL_USERNAME,
    &options::MAIL_PASSWORD,
    &options::MAIL_TIMEOUT,
    &options::MAIL_FROM,
    &options::MAIL_FROM_NAME,
    &options::MAIL_SUBJECT_PREFIX,
    &options::MAIL_LIST_NAMESPACE,
    &options::MAIL_REPLY_HOST,
    &options::MAIL_REPLY_KEY,
];

/// Gives the channel the server that holds now.
#[derive(Debug)]
pub struct SmtpOfApp(Weak<AppState>);

impl SmtpOfApp {
    pub(crate) fn new(app: &App) -> Self {
        Self(std::sync::Arc::downgrade(app))
    }
}

impl SmtpSource for SmtpOfApp {
    fn server(&self) -> Sourcing<'_> {
        Box::pin(async {
            let app = self.0.upgrade().ok_or("the process ends")?;
            server(&app).await.map_err(|error| error.to_string())
        })
    }
}

/// Where mails go now.
pub(super) async fn server(app: &App) -> Result<MailServer, store::Error> {
    let config = config(app).await?;
    Ok(match config.backend.as_str() {
        "console" => MailServer::Console,
        "dummy" => MailServer::Dummy,
        _ if config.host.is_empty() => MailServer::NotSet,
        _ => MailServer::Smtp(smtp(app, &config).await?),
    })
}

async fn smtp(app: &App, config: &MailConfig) -> Result<Smtp, store::Error> {
    let password = options::get_secret(app, &options::MAIL_PASSWORD).await?;
    let login = (!config.username.is_empty()).then(|| (config.username.clone(), password));
    let encryption = match (config.use_ssl, config.use_tls) {
        (true, _) => Encryption::Tls,
        (false, true) => Encryption::StartTls,
        (false, false) => Encryption::WhereOffered,
    };
    Ok(Smtp {
        host: config.host.clone(),
        port: config.port,
        login,
        encryption,
        time_limit: Duration::from_secs(config.timeout),
        roots: app
            .outbound
            .get()
            .map(|outbound| outbound.roots.clone())
            .unwrap_or_default(),
    })
}

/// The settings as a page shows them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailConfig {
    /// `smtp`, `console` or `dummy`.
    pub backend: String,
    pub host: String,
    pub port: u16,
    pub username: String,
    /// There is one; it is never shown.
    pub has_password: bool,
    pub use_tls: bool,
    pub use_ssl: bool,
    /// Seconds.
    pub timeout: u64,
    /// Empty for one that is made of the public address.
    pub from: String,
    pub from_name: String,
    pub subject_prefix: String,
    pub list_namespace: String,
    pub reply_host: String,
    pub has_reply_key: bool,
    /// Names of options that file or environment set.
    pub locked: Vec<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    #[error(transparent)]
    Url(#[from] SmtpUrlError),
    #[error("expected an e-mail address, or a name with one as Tocsin <alerts@example.com>")]
    From,
}

/// The settings of the process as options, which come before those of the pages. Empty texts set nothing.
pub fn of_settings(url: &str, from: &str) -> Result<Vec<(String, Value)>, UrlError> {
    let mut options: Vec<(&Definition, Value)> = Vec::new();
    if !url.trim().is_empty() {
        let smtp = Smtp::parse(url)?;
        let (user, password) = smtp.login.unwrap_or_default();
        options.extend([
            (&options::MAIL_BACKEND, json!("smtp")),
            (&options::MAIL_HOST, json!(smtp.host)),
            (&options::MAIL_PORT, json!(smtp.port)),
            (&options::MAIL_USERNAME, json!(user)),
            (&options::MAIL_PASSWORD, json!(password)),
            (&options::MAIL_USE_TLS, json!(smtp.encryption == Encryption::StartTls)),
            (&options::MAIL_USE_SSL, json!(smtp.encryption == Encryption::Tls)),
            (&options::MAIL_TIMEOUT, json!(smtp.time_limit.as_secs())),
        ]);
    }
    if !from.trim().is_empty() {
        let from = Mailbox::parse(from).ok_or(UrlError::From)?;
        options.push((&options::MAIL_FROM, json!(from.address)));
        if !from.name.is_empty() {
            options.push((&options::MAIL_FROM_NAME, json!(from.name)));
        }
    }
    let named = options
        .into_iter()
        .map(|(definition, value)| (definition.name.to_owned(), value));
    Ok(named.collect())
}

/// What holds now.
pub async fn config(app: &App) -> Result<MailConfig, store::Error> {
    let values = options::get_many(app, OPTIONS, Reader::default()).await?;
    let value = |definition: &Definition| {
        let place = OPTIONS.iter().position(|one| one.name == definition.name);
        place.map_or(&Value::Null, |place| &values[place])
    };
    let text = |definition: &Definition| value(definition).as_str().unwrap_or_default().trim().to_owned();
    let flag = |definition: &Definition| value(definition).as_bool() == Some(true);
    let is_locked = |definition: &&&Definition| app.options.of_file(definition.name).is_some();
    let prefix = value(&options::MAIL_SUBJECT_PREFIX).as_str().unwrap_or_default();
    Ok(MailConfig {
        backend: text(&options::MAIL_BACKEND),
        host: text(&options::MAIL_HOST),
        port: value(&options::MAIL_PORT)
            .as_u64()
            .and_then(|port| port.try_into().ok())
            .unwrap_or(25),
        username: text(&options::MAIL_USERNAME),
        has_password: !text(&options::MAIL_PASSWORD).is_empty(),
        use_tls: flag(&options::MAIL_USE_TLS),
        use_ssl: flag(&options::MAIL_USE_SSL),
        timeout: value(&options::MAIL_TIMEOUT).as_u64().unwrap_or(10),
        from: text(&options::MAIL_FROM),
        from_name: text(&options::MAIL_FROM_NAME),
        subject_prefix: prefix.to_owned(),
        list_namespace: text(&options::MAIL_LIST_NAMESPACE),
        reply_host: text(&options::MAIL_REPLY_HOST),
        has_reply_key: !text(&options::MAIL_REPLY_KEY).is_empty(),
        locked: OPTIONS.iter().filter(is_locked).map(|one| one.name).collect(),
    })
}

#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("STARTTLS and SSL exclude each other")]
    TwoEncryptions,
    #[error("{0:?} is not an e-mail address")]
    From(String),
    #[error("{option}: {error}")]
    Option { option: &'static str, error: OptionError },
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Sets what is not locked. Secrets stay as they are when none is given.
pub async fn save(
    app: &App,
    actor: &Actor,
    new: &MailConfig,
    password: Option<&str>,
    reply_key: Option<&str>,
) -> Result<(), SettingsError> {
    if new.use_tls && new.use_ssl {
        return Err(SettingsError::TwoEncryptions);
    }
    if !new.from.is_empty() && Mailbox::parse(&new.from).is_none() {
        return Err(SettingsError::From(new.from.clone()));
    }
    let before = config(app).await?;
    let mut changes = vec![
        (&options::MAIL_BACKEND, json!(new.backend), json!(before.backend)),
        (&options::MAIL_HOST, json!(new.host), json!(before.host)),
        (&options::MAIL_PORT, json!(new.port), json!(before.port)),
        (&options::MAIL_USE_TLS, json!(new.use_tls), json!(before.use_tls)),
        (&options::MAIL_USE_SSL, json!(new.use_ssl), json!(before.use_ssl)),
        (&options::MAIL_USERNAME, json!(new.username), json!(before.username)),
        (&options::MAIL_TIMEOUT, json!(new.timeout), json!(before.timeout)),
        (&options::MAIL_FROM, json!(new.from), json!(before.from)),
        (&options::MAIL_FROM_NAME, json!(new.from_name), json!(before.from_name)),
        (
            &options::MAIL_SUBJECT_PREFIX,
            json!(new.subject_prefix),
            json!(before.subject_prefix),
        ),
        (
            &options::MAIL_LIST_NAMESPACE,
            json!(new.list_namespace),
            json!(before.list_namespace),
        ),
        (
            &options::MAIL_REPLY_HOST,
            json!(new.reply_host),
            json!(before.reply_host),
        ),
    ];
    changes.extend(password.map(|password| (&options::MAIL_PASSWORD, json!(password), Value::Null)));
    changes.extend(reply_key.map(|key| (&options::MAIL_REPLY_KEY, json!(key), Value::Null)));
    let by = Setting {
        actor,
        organization: None,
        target: Target::System,
        channel: OptionChannel::OwnPage,
    };
    for (definition, value, old) in changes {
        if value == old || before.locked.contains(&definition.name) {
            continue;
        }
        let set = options::set(app, by, definition, &value).await;
        set.map_err(|error| SettingsError::Option {
            option: definition.name,
            error,
        })?;
    }
    Ok(())
}

/// Who mails come from, and what all of them have.
#[derive(Debug, Clone)]
pub(super) struct Sender {
    pub(super) from: Mailbox,
    pub(super) subject_prefix: String,
    list_namespace: String,
    pub(super) reply_host: String,
}

impl Sender {
    /// Ids of mails end with it.
    pub(super) fn domain(&self) -> &str {
        self.from.domain()
    }

    pub(super) fn list_namespace(&self) -> &str {
        if self.list_namespace.is_empty() {
            self.domain()
        } else {
            &self.list_namespace
        }
    }
}

pub(super) async fn sender(app: &App) -> Result<Sender, store::Error> {
    let config = config(app).await?;
    let mut from = Mailbox::parse(&config.from).unwrap_or_else(|| Mailbox::of(&own_address(app.url.as_str())));
    if from.name.is_empty() {
        from.name = config.from_name;
    }
    Ok(Sender {
        from,
        subject_prefix: config.subject_prefix,
        list_namespace: config.list_namespace,
        reply_host: config.reply_host,
    })
}

/// An address at the host of the public address, or at this machine where that is a number.
fn own_address(url: &str) -> String {
    let host = url.split("://").nth(1).unwrap_or_default();
    let host = host.split(['/', ':']).next().unwrap_or_default();
    let address = format!("tocsin@{host}");
    let is_number = host.parse::<std::net::IpAddr>().is_ok();
    if !is_number && is_address(&address) {
        address
    } else {
        "tocsin@localhost".to_owned()
    }
}

/// What came of a test mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tested {
    pub result: Result<String, String>,
    pub dialogue: Dialogue,
}

/// Sends a mail now, outside of all queues, and tells what was said. The caller has seen to it that an administrator asks.
pub async fn test(app: &App, to: &str) -> Result<Tested, store::Error> {
    let mut tested = Tested {
        result: Err("no mail server is set".to_owned()),
        dialogue: Dialogue::default(),
    };
    if !is_address(to) {
        tested.result = Err(format!("{to:?} is not an e-mail address"));
        return Ok(tested);
    }
    match server(app).await? {
        MailServer::NotSet => {}
        MailServer::Console | MailServer::Dummy => {
            tested.result = Err("the backend is console or dummy: nothing is sent".to_owned());
        }
        MailServer::Smtp(smtp) => {
            let mail = test_mail(app, to).await?;
            let sent = send(&smtp, &mail, &mut tested.dialogue).await;
            tested.result = sent.map_err(|error: SmtpError| error.to_string());
        }
    }
    Ok(tested)
}

async fn test_mail(app: &App, to: &str) -> Result<Mail, store::Error> {
    let sender = sender(app).await?;
    let letter = Letter {
        subject: "Test mail from Tocsin".to_owned(),
        preview: String::new(),
        heading: "Mails arrive".to_owned(),
        blocks: vec![
            Block::text("An administrator asked for this mail to see whether the settings are right. They are."),
            Block::button("Open Tocsin", app.url.as_str()),
        ],
    };
    let footer = Footer::default();
    let random = secret::random_hex::<8>();
    Ok(Mail {
        message_id: format!("<{}.test.{random}@{}>", app.now().0 / 1_000_000, sender.domain()),
        date: app.now(),
        to: Mailbox::of(to),
        reply_to: None,
        subject: letter.subject.clone(),
        text: letter.text(&footer),
        html: Some(letter.html(&footer)),
        headers: vec![
            ("X-SMTPAPI".to_owned(), json!({ "category": "test_email" }).to_string()),
            ("Auto-Submitted".to_owned(), "auto-generated".to_owned()),
        ],
        attachments: Vec::new(),
        from: sender.from,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_server_becomes_options() {
        let options = of_settings(
            "smtp://apikey:p%40ss@mail.example:587",
            "The Bell <bell@tocsin.example>",
        )
        .unwrap();
        let value = |name: &str| {
            let found = options.iter().find(|(one, _)| one == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        assert_eq!(value("mail.host"), "mail.example");
        assert_eq!(value("mail.port"), 587);
        assert_eq!(value("mail.password"), "p@ss");
        assert_eq!(value("mail.use-tls"), false);
        assert_eq!(value("mail.from"), "bell@tocsin.example");
        assert_eq!(value("mail.from-name"), "The Bell");
        assert_eq!(of_settings("", ""), Ok(Vec::new()));
        assert_eq!(of_settings("mail.example", ""), Err(UrlError::Url(SmtpUrlError)));
        assert_eq!(of_settings("", "nobody"), Err(UrlError::From));
    }

    #[test]
    fn mails_come_from_the_host_of_the_public_address() {
        for (url, address) in [
            ("https://tocsin.example/sub", "tocsin@tocsin.example"),
            ("http://127.0.0.1:9000", "tocsin@localhost"),
            ("http://localhost:9000", "tocsin@localhost"),
            ("http://[::1]:9000", "tocsin@localhost"),
        ] {
            assert_eq!(own_address(url), address, "{url}");
        }
    }
}
