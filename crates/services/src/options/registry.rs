//! Every option, one line each.

use super::definition::{Definition, Flags, Kind, Level};

const OF_ADMINISTRATORS: Flags = Flags::ADMIN_MODIFIABLE.with(Flags::PRIORITIZE_DISK);
const OF_READERS: &[Level] = &[
    Level::System,
    Level::Organization,
    Level::Project,
    Level::User,
    Level::UserProject,
];

const COUNT: Kind = Kind::Integer {
    least: 1,
    most: 1_000_000,
};
const PORT: Kind = Kind::Integer { least: 1, most: 65_535 };
const SECONDS: Kind = Kind::Integer { least: 1, most: 600 };
const VIEW: Kind = Kind::Choice(&["report", "raw"]);

macro_rules! options {
    ($($name:ident = $definition:expr;)*) => {
        $(pub const $name: Definition = $definition;)*

        /// All of them, by name.
        pub const ALL: &[Definition] = &[$($name),*];
    };
}

options! {
    ALLOWED_ORIGINS = Definition::new("api.allowed-origins", Kind::Texts, "[]", OF_ADMINISTRATORS)
        .about("Origins of pages elsewhere that may ask the API with a token, as https://status.example");
    CLI_CONCURRENT = Definition::new("api.cli-concurrent-requests", COUNT, "1000", OF_ADMINISTRATORS)
        .about("Requests at the same time of one asker to an endpoint that command-line tools call");
    CLI_PER_SECOND = Definition::new("api.cli-requests-per-second", COUNT, "10000", OF_ADMINISTRATORS)
        .about("Requests a second of one asker to an endpoint that command-line tools call");
    CONCURRENT = Definition::new("api.concurrent-requests", COUNT, "500", OF_ADMINISTRATORS)
        .about("Requests at the same time of one asker to one endpoint of the API");
    PER_SECOND = Definition::new("api.requests-per-second", COUNT, "5000", OF_ADMINISTRATORS)
        .about("Requests a second of one asker to one endpoint of the API");
    ALLOW_REGISTRATION = Definition::new("auth.allow-registration", Kind::Flag, "false", OF_ADMINISTRATORS)
        .about("Whether people make accounts by themselves");
    GRAVATAR = Definition::new("avatars.gravatar", Kind::Flag, "false", OF_ADMINISTRATORS)
        .about("Whether pictures may come from gravatar.com, which learns then who looks at whom");
    EXCEPTION_VIEW = Definition::new("events.exception-view", VIEW, "\"report\"", OF_ADMINISTRATORS)
        .about("How stack traces are shown: laid out, or as their platform prints them").at(OF_READERS);
    REQUEST_VIEW = Definition::new("events.request-view", VIEW, "\"report\"", OF_ADMINISTRATORS)
        .about("How the request of an event is shown: laid out, or as it is stored").at(OF_READERS);
    INVITATIONS_A_DAY = Definition::new("invitations.per-day", COUNT, "100", OF_ADMINISTRATORS)
        .about("Invitations a day of one member, and of one organization");
    INVITATIONS_TO_ADDRESS = Definition::new("invitations.per-day-and-address", COUNT, "10", OF_ADMINISTRATORS)
        .about("Invitations a day of one organization to one address");
    MAIL_BACKEND = Definition::new("mail.backend", Kind::Choice(&["smtp", "console", "dummy"]), "\"smtp\"", OF_ADMINISTRATORS)
        .about("smtp sends mails; console writes them into the log, dummy throws them away: both count them as sent");
    MAIL_FROM = Definition::new("mail.from", Kind::Text, "\"\"", OF_ADMINISTRATORS)
        .about("The address that mails come from, as alerts@example.com; empty for tocsin@ and the host of the public address");
    MAIL_FROM_NAME = Definition::new("mail.from-name", Kind::Text, "\"Tocsin\"", OF_ADMINISTRATORS)
        .about("The name that mails come from");
    MAIL_HOST = Definition::new("mail.host", Kind::Text, "\"\"", OF_ADMINISTRATORS)
        .about("The mail server; empty: mails are kept in the outbox");
    MAIL_LIST_NAMESPACE = Definition::new("mail.list-namespace", Kind::Text, "\"\"", OF_ADMINISTRATORS)
        .about("The end of List-Id in mails; empty for the domain that they come from");
    MAIL_PASSWORD = Definition::new("mail.password", Kind::Text, "\"\"", Flags::CREDENTIAL.with(Flags::PRIORITIZE_DISK))
        .about("The password for the mail server");
    MAIL_PORT = Definition::new("mail.port", PORT, "25", OF_ADMINISTRATORS).about("The port of the mail server");
    MAIL_REPLY_HOST = Definition::new("mail.reply-hostname", Kind::Text, "\"\"", OF_ADMINISTRATORS)
        .about("The domain whose mails come back as comments, by the webhook of the provider; empty: replies are not read");
    MAIL_REPLY_KEY = Definition::new("mail.reply-key", Kind::Text, "\"\"", Flags::CREDENTIAL.with(Flags::PRIORITIZE_DISK))
        .about("The key with which the provider signs the mails that it hands over");
    MAIL_SUBJECT_PREFIX = Definition::new("mail.subject-prefix", Kind::Text, "\"[Tocsin] \"", OF_ADMINISTRATORS)
        .about("What subjects of mails about issues begin with, where a project sets nothing else");
    MAIL_TIMEOUT = Definition::new("mail.timeout", SECONDS, "10", OF_ADMINISTRATORS)
        .about("How many seconds the mail server may take for an answer");
    MAIL_USE_SSL = Definition::new("mail.use-ssl", Kind::Flag, "false", OF_ADMINISTRATORS)
        .about("The connection to the mail server is encrypted from its first byte (SMTPS)");
    MAIL_USE_TLS = Definition::new("mail.use-tls", Kind::Flag, "false", OF_ADMINISTRATORS)
        .about("Nothing is sent without STARTTLS and a certificate that is trusted; else STARTTLS is used where it is offered");
    MAIL_USERNAME = Definition::new("mail.username", Kind::Text, "\"\"", OF_ADMINISTRATORS)
        .about("The name for the mail server; empty: no login");
    SECRET_KEY = Definition::new("system.secret-key", Kind::Text, "\"\"", Flags::CREDENTIAL.with(Flags::NO_STORE))
        .about("Seals secrets in the database");
    URL_PREFIX = Definition::new("system.url-prefix", Kind::Text, "\"\"", Flags::REQUIRED.with(Flags::NO_STORE).with(Flags::PRIORITIZE_DISK))
        .about("The public address, for DSNs and links");
}

/// The option of a name.
pub fn find(name: &str) -> Option<&'static Definition> {
    ALL.iter().find(|definition| definition.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_of_their_kind_and_names_are_sorted() {
        for definition in ALL {
            assert_eq!(
                definition.kind.problem(&definition.default()),
                None,
                "{}",
                definition.name
            );
            assert!(definition.is_at(Level::System) && !definition.about.is_empty());
            assert_eq!(find(definition.name).map(|found| found.name), Some(definition.name));
        }
        assert!(ALL.is_sorted_by_key(|definition| definition.name));
    }
}
