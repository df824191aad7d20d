use std::{fmt, str::FromStr};

use crate::Scope;

/// What an application may be allowed: a right of the API, or to know who the user is (OpenID Connect Core §5.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantScope {
    OpenId,
    Profile,
    Email,
    Api(Scope),
}

impl GrantScope {
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenId => "openid",
            Self::Profile => "profile",
            Self::Email => "email",
            Self::Api(scope) => scope.name(),
        }
    }

    /// Each scope once, in the order in which it is asked for. An error is the one that is not known.
    pub(super) fn read_list(text: &str) -> Result<Vec<Self>, UnknownScope> {
        let mut scopes = Vec::new();
        for word in text.split_ascii_whitespace() {
            let scope: Self = word.parse()?;
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        Ok(scopes)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown scope")]
pub struct UnknownScope;

impl FromStr for GrantScope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        match text {
            "openid" => Ok(Self::OpenId),
            "profile" => Ok(Self::Profile),
            "email" => Ok(Self::Email),
            other => other.parse().map(Self::Api).map_err(|_| UnknownScope),
        }
    }
}

impl fmt::Display for GrantScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_each_scope_once_and_no_unknown_one() {
        let read = GrantScope::read_list(" openid  org:read openid ").unwrap();
        assert_eq!(read, [GrantScope::OpenId, GrantScope::Api(Scope::OrgRead)]);
        assert_eq!(GrantScope::read_list(""), Ok(Vec::new()));
        for unknown in ["org:nonsense", "openid everything", "OPENID"] {
            assert_eq!(GrantScope::read_list(unknown), Err(UnknownScope), "{unknown}");
        }
        for scope in [
            GrantScope::Profile,
            GrantScope::Email,
            GrantScope::Api(Scope::EventAdmin),
        ] {
            assert_eq!(scope.name().parse(), Ok(scope));
        }
    }
}
