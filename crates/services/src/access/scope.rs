use std::{fmt, str::FromStr};

/// A right of the API, named as Sentry's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    OrgRead,
    OrgWrite,
    OrgAdmin,
    OrgIntegrations,
    OrgCi,
    MemberRead,
    MemberWrite,
    MemberAdmin,
    MemberInvite,
    TeamRead,
    TeamWrite,
    TeamAdmin,
    ProjectRead,
    ProjectWrite,
    ProjectAdmin,
    ProjectReleases,
    ProjectDistribution,
    EventRead,
    EventWrite,
    EventAdmin,
    AlertsRead,
    AlertsWrite,
}

const NAMES: [(Scope, &str); 22] = [
    (Scope::OrgRead, "org:read"),
    (Scope::OrgWrite, "org:write"),
    (Scope::OrgAdmin, "org:admin"),
    (Scope::OrgIntegrations, "org:integrations"),
    (Scope::OrgCi, "org:ci"),
    (Scope::MemberRead, "member:read"),
    (Scope::MemberWrite, "member:write"),
    (Scope::MemberAdmin, "member:admin"),
    (Scope::MemberInvite, "member:invite"),
    (Scope::TeamRead, "team:read"),
    (Scope::TeamWrite, "team:write"),
    (Scope::TeamAdmin, "team:admin"),
    (Scope::ProjectRead, "project:read"),
    (Scope::ProjectWrite, "project:write"),
    (Scope::ProjectAdmin, "project:admin"),
    (Scope::ProjectReleases, "project:releases"),
    (Scope::ProjectDistribution, "project:distribution"),
    (Scope::EventRead, "event:read"),
    (Scope::EventWrite, "event:write"),
    (Scope::EventAdmin, "event:admin"),
    (Scope::AlertsRead, "alerts:read"),
    (Scope::AlertsWrite, "alerts:write"),
];

impl Scope {
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.iter().map(|(scope, _)| *scope)
    }

    pub fn name(self) -> &'static str {
        NAMES
            .iter()
            .find(|(scope, _)| *scope == self)
            .map_or("", |(_, name)| name)
    }

    /// The next wider right that includes this one: write includes read, admin includes write.
    const fn wider(self) -> Option<Self> {
        Some(match self {
            Self::OrgRead => Self::OrgWrite,
            Self::OrgWrite => Self::OrgAdmin,
            Self::MemberRead => Self::MemberWrite,
            Self::MemberWrite => Self::MemberAdmin,
            Self::TeamRead => Self::TeamWrite,
            Self::TeamWrite => Self::TeamAdmin,
            Self::ProjectRead => Self::ProjectWrite,
            Self::ProjectWrite => Self::ProjectAdmin,
            Self::EventRead => Self::EventWrite,
            Self::EventWrite => Self::EventAdmin,
            Self::AlertsRead => Self::AlertsWrite,
            _ => return None,
        })
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown scope {0:?}")]
pub struct UnknownScope(pub String);

impl FromStr for Scope {
    type Err = UnknownScope;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = NAMES.iter().find(|(_, name)| *name == text);
        known
            .map(|(scope, _)| *scope)
            .ok_or_else(|| UnknownScope(text.to_owned()))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of rights, as it was given: a wider right stands for the narrower ones too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u32);

impl Scopes {
    pub const NONE: Self = Self(0);

    pub fn all() -> Self {
        Scope::all().fold(Self::NONE, Self::with)
    }

    pub const fn of(scopes: &[Scope]) -> Self {
        let (mut bits, mut index) = (0, 0);
        while index < scopes.len() {
            bits |= scopes[index].bit();
            index += 1;
        }
        Self(bits)
    }

    /// Names that are not known (any longer) grant nothing.
    pub fn of_names(names: &[String]) -> Self {
        let known = names.iter().filter_map(|name| name.parse().ok());
        known.fold(Self::NONE, Self::with)
    }

    #[must_use]
    pub const fn with(self, scope: Scope) -> Self {
        Self(self.0 | scope.bit())
    }

    /// Those that were given, without what they include.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::all().filter(move |scope| self.0 & scope.bit() != 0)
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the right, or one that includes it, is among these.
    pub const fn allow(self, asked: Scope) -> bool {
        let mut asked = Some(asked);
        while let Some(scope) = asked {
            if self.0 & scope.bit() != 0 {
                return true;
            }
            asked = scope.wider();
        }
        false
    }

    pub fn allow_any(self, asked: Self) -> bool {
        asked.iter().any(|scope| self.allow(scope))
    }

    /// What both sets allow.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let both = Scope::all().filter(|scope| self.allow(*scope) && other.allow(*scope));
        both.fold(Self::NONE, Self::with)
    }

    /// What either set allows.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_names(names: &[&str]) -> Scopes {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Scopes::of_names(&names)
    }

    #[test]
    fn a_wider_scope_includes_the_narrower_of_its_kind_only() {
        let check = |own: &[&str], asked: Scope, expected: bool| {
            assert_eq!(of_names(own).allow(asked), expected, "{own:?} {asked}");
        };
        check(&["event:admin"], Scope::EventRead, true);
        check(&["event:write"], Scope::EventRead, true);
        check(&["event:read"], Scope::EventWrite, false);
        check(&["event:admin"], Scope::ProjectRead, false);
        check(&["org:ci"], Scope::OrgRead, false);
        check(&["org:admin"], Scope::OrgCi, false);
        check(&["alerts:write"], Scope::AlertsRead, true);
        check(&["project:releases"], Scope::ProjectReleases, true);
        check(&["project:admin"], Scope::ProjectReleases, false);
        check(&["nonsense"], Scope::OrgRead, false);
        check(&[], Scope::OrgRead, false);
        assert!(Scope::all().all(|scope| scope.name().parse() == Ok(scope) && Scopes::all().allow(scope)));
    }

    #[test]
    fn two_sets_meet_in_what_both_allow() {
        let (role, token) = (of_names(&["project:admin", "org:read"]), of_names(&["project:write"]));
        let both = role.and(token);
        assert!(both.allow(Scope::ProjectWrite) && both.allow(Scope::ProjectRead));
        assert!(!both.allow(Scope::ProjectAdmin) && !both.allow(Scope::OrgRead));
        assert_eq!(both, token.and(role));
        assert!(role.and(Scopes::NONE).is_empty());
        assert!(role.or(token).allow(Scope::ProjectAdmin));
        assert!(token.allow_any(Scopes::of(&[Scope::OrgRead, Scope::ProjectRead])));
        assert!(!token.allow_any(Scopes::NONE));
    }
}
