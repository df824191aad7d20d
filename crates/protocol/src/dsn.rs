//! The DSN: where an SDK sends to, and the key that it may send with (`ingest.md` §1.2).

use std::{fmt, str::FromStr};

use model::ProjectId;

/// The public part of a project key, 32 lower-case hex digits: all that an SDK shows to be let in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey(pub [u8; 16]);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a public key: expected 32 lower-case hex digits")]
pub struct ParsePublicKeyError;

impl FromStr for PublicKey {
    type Err = ParsePublicKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text: &[u8; 32] = text.as_bytes().try_into().map_err(|_| ParsePublicKeyError)?;
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(ParsePublicKeyError),
        };
        let mut key = [0; 16];
        for (byte, pair) in key.iter_mut().zip(text.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(Self(key))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for PublicKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for PublicKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    Http,
    Https,
}

/// `{scheme}://{public_key}[:{secret}]@{host}[:{port}]/{path}{project_id}`. The secret is read over: nothing uses it
/// since protocol version 4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dsn {
    pub scheme: Scheme,
    pub public_key: PublicKey,
    /// A name, an IPv4 address, or an IPv6 address in brackets.
    pub host: String,
    pub port: Option<u16>,
    /// What lies between host and project: begins and ends with a slash.
    pub path: String,
    pub project_id: ProjectId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DsnError {
    #[error("the scheme of a DSN is http or https")]
    Scheme,
    #[error("a DSN holds a public key of 32 lower-case hex digits before the @")]
    PublicKey,
    #[error("a DSN names a host")]
    Host,
    #[error("the port of a DSN is a number up to 65535")]
    Port,
    #[error("a DSN ends with the number of a project")]
    ProjectId,
}

impl FromStr for Dsn {
    type Err = DsnError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://").ok_or(DsnError::Scheme)?;
        let scheme = match scheme {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return Err(DsnError::Scheme),
        };
        let (authority, path) = rest.split_at(rest.find('/').ok_or(DsnError::ProjectId)?);
        let (user, host) = authority.rsplit_once('@').ok_or(DsnError::PublicKey)?;
        let public_key = user
            .split(':')
            .next()
            .unwrap_or(user)
            .parse()
            .map_err(|_| DsnError::PublicKey)?;
        let (host, port) = split_port(host)?;
        let path = path.strip_suffix('/').unwrap_or(path);
        let (path, project) = path.split_at(path.rfind('/').map_or(0, |slash| slash + 1));
        if project.is_empty() || !project.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(DsnError::ProjectId);
        }
        let project_id = project.parse().map_err(|_| DsnError::ProjectId)?;
        Ok(Self {
            scheme,
            public_key,
            host: host.to_owned(),
            port,
            path: path.to_owned(),
            project_id,
        })
    }
}

fn split_port(host: &str) -> Result<(&str, Option<u16>), DsnError> {
    // The colons of an IPv6 address stand inside brackets.
    let name_end = host.rfind(']').map_or(0, |bracket| bracket + 1);
    let (name, port) = match host[name_end..].find(':') {
        None => (host, None),
        Some(colon) => {
            let (name, port) = host.split_at(name_end + colon);
            (name, Some(port[1..].parse().map_err(|_| DsnError::Port)?))
        }
    };
    let legal = |byte: u8| byte.is_ascii_graphic() && !br#"/\?#@<>"'"#.contains(&byte);
    if name.is_empty() || !name.bytes().all(legal) {
        Err(DsnError::Host)
    } else {
        Ok((name, port))
    }
}

impl fmt::Display for Dsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        write!(f, "{scheme}://{}@{}", self.public_key, self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        write!(f, "{}{}", self.path, self.project_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn reads_and_writes_dsns() {
        let check = |input: &str, expected: &str| {
            assert_eq!(
                input.parse::<Dsn>().map(|dsn| dsn.to_string()).as_deref(),
                Ok(expected),
                "{input}"
            );
        };
        check(
            &format!("http://{KEY}@localhost:9000/1"),
            &format!("http://{KEY}@localhost:9000/1"),
        );
        check(
            &format!("https://{KEY}:secret@o1.example/42"),
            &format!("https://{KEY}@o1.example/42"),
        );
        check(
            &format!("https://{KEY}@example.com/errors/here/7/"),
            &format!("https://{KEY}@example.com/errors/here/7"),
        );
        check(
            &format!(" http://{KEY}@[::1]:9000/1\n"),
            &format!("http://{KEY}@[::1]:9000/1"),
        );
    }

    #[test]
    fn tells_what_is_wrong() {
        let check = |input: &str, expected: DsnError| {
            assert_eq!(input.parse::<Dsn>(), Err(expected), "{input}");
        };
        check("", DsnError::Scheme);
        check(&format!("ftp://{KEY}@h/1"), DsnError::Scheme);
        check("http://localhost/1", DsnError::PublicKey);
        check("http://short@localhost/1", DsnError::PublicKey);
        check(
            &format!("http://{}@localhost/1", KEY.to_uppercase()),
            DsnError::PublicKey,
        );
        check(&format!("http://{KEY}@/1"), DsnError::Host);
        check(&format!("http://{KEY}@a b/1"), DsnError::Host);
        check(&format!("http://{KEY}@h:http/1"), DsnError::Port);
        check(&format!("http://{KEY}@h:99999/1"), DsnError::Port);
        check(&format!("http://{KEY}@h"), DsnError::ProjectId);
        check(&format!("http://{KEY}@h/"), DsnError::ProjectId);
        check(&format!("http://{KEY}@h/+1"), DsnError::ProjectId);
        check(&format!("http://{KEY}@h/web"), DsnError::ProjectId);
        check(&format!("http://{KEY}@h/99999999999999999999"), DsnError::ProjectId);
    }
}
