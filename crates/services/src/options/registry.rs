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
