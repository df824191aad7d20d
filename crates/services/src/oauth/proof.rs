//! The proof that whoever fetches the tokens is who asked for the code (RFC 7636).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// What a request says of the secret that only its sender knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Challenge {
    text: String,
    method: Method,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    S256,
    Plain,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum ChallengeError {
    #[error("code_challenge_method must be S256 or plain")]
    Method,
    #[error("code_challenge must have 43 to 128 letters, digits, or - . _ ~")]
    Challenge,
}

impl Challenge {
    /// None where neither is given.
    pub(super) fn read(text: &str, method: &str) -> Result<Option<Self>, ChallengeError> {
        let known = match method {
            "S256" => Method::S256,
            // The default of the standard (§4.3).
            "" | "plain" => Method::Plain,
            _ => return Err(ChallengeError::Method),
        };
        match (text, method) {
            ("", "") => Ok(None),
            (text, _) if is_well_formed(text) => Ok(Some(Self {
                text: text.to_owned(),
                method: known,
            })),
            _ => Err(ChallengeError::Challenge),
        }
    }

    pub(super) fn into_parts(self) -> (String, String) {
        let method = match self.method {
            Method::S256 => "S256",
            Method::Plain => "plain",
        };
        (self.text, method.to_owned())
    }
}

/// Whether the secret is the one that the request was about. Where it told of none, none may come: a code that somebody
/// slipped in is found by that.
pub(super) fn is_met(challenge: Option<&(String, String)>, verifier: Option<&str>) -> bool {
    match (challenge, verifier) {
        (None, None) => true,
        (Some((challenge, method)), Some(verifier)) if is_well_formed(verifier) => {
            let answer = if method == "S256" {
                URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
            } else {
                verifier.to_owned()
            };
            answer.as_bytes().ct_eq(challenge.as_bytes()).into()
        }
        _ => false,
    }
}

/// The same for the secret and for what is told of it (§4.1, §4.2).
fn is_well_formed(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const S256: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn check(challenge: &str, method: &str, verifier: Option<&str>, expected: bool) {
        let challenge = Challenge::read(challenge, method).unwrap().map(Challenge::into_parts);
        assert_eq!(
            is_met(challenge.as_ref(), verifier),
            expected,
            "{challenge:?} {verifier:?}"
        );
    }

    #[test]
    fn only_who_knows_the_secret_meets_the_challenge() {
        check(S256, "S256", Some(VERIFIER), true);
        check(S256, "S256", Some(S256), false);
        check(S256, "S256", None, false);
        check(S256, "S256", Some(""), false);
        check(VERIFIER, "plain", Some(VERIFIER), true);
        check(VERIFIER, "", Some(VERIFIER), true);
        check(VERIFIER, "plain", Some(S256), false);
        check("", "", None, true);
        check("", "", Some(VERIFIER), false);
    }

    #[test]
    fn a_challenge_is_of_a_known_kind_and_long_enough() {
        let check = |challenge: &str, method: &str, expected: ChallengeError| {
            assert_eq!(
                Challenge::read(challenge, method),
                Err(expected),
                "{challenge} {method}"
            );
        };
        check(S256, "s256", ChallengeError::Method);
        check("", "S256", ChallengeError::Challenge);
        check(&S256[1..], "S256", ChallengeError::Challenge);
        check(&"a".repeat(129), "plain", ChallengeError::Challenge);
        check(&format!("{S256}+"), "S256", ChallengeError::Challenge);
    }
}
