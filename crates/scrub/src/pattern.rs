//! What secrets and personal data look like (`ingest.md` §5.2).

use std::{ops::Range, sync::LazyLock};

use regex::{Regex, bytes};

/// A kind of data that can be told by its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Pattern {
    Bearer,
    Cookies,
    CreditCard,
    Email,
    Iban,
    Imei,
    Ip,
    Mac,
    PemKey,
    UrlAuth,
    /// The password of it only.
    UrlPassword,
    UserPath,
    UsSsn,
    Uuid,
}

/// Names under which known frameworks keep what lets a visitor in, in lower case.
pub(crate) const COOKIES: [&str; 23] = [
    "sentrysid",
    "sudo",
    "su",
    "session",
    "__session",
    "sessionid",
    "user_session",
    "symfony",
    "phpsessid",
    "fasthttpsessionid",
    "mysession",
    "irissessionid",
    "_vercel_jwt",
    "csrf",
    "xsrf",
    "_xsrf",
    "_csrf",
    "csrf-token",
    "csrf_token",
    "xsrf-token",
    "xsrf_token",
    "fastcsrf",
    "_iris_csrf",
];

// Boundaries of words are those of ASCII: with others the fast engines give up at the first letter beyond.
const BEARER: &str = r"(?i-u:\bbearer)\s+\S+";
// Digits stand in groups of 4-4-4-4, 4-6-5 or 4-6-6, or in one.
const CREDIT_CARD: &str = r"(?x)(?-u:\b)(?:
    3[47][0-9]{2} [\ -]? [0-9]{4} [\ -]? [0-9]{2} [\ -]? [0-9]{2} [\ -]? [0-9]{3}
  | (?: 4[0-9]{3} | 5[1-5][0-9]{2} | 65[0-9]{2} | 6011 ) [\ -]? [0-9]{4} [\ -]? [0-9]{2} [\ -]? [0-9]{2} [\ -]? [0-9]{4}
)(?-u:\b)";
const EMAIL: &str = r"(?-u:\b)[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*\.[a-zA-Z]{2,}(?-u:\b)";
// The countries of the registry of ISO 13616, and those that use the form without being in it.
const IBAN: &str = r"(?x)(?-u:\b)(?:
    A[DELOTZ] | B[AEFGHIJRY] | C[FGHIMRVYZ] | D[EJKOZ] | E[EGS] | F[IOR] | G[ABEILQRTW] | H[NRU] | I[ELQRST] | JO
  | K[MWZ] | L[BCITUVY] | M[ACDEGKLRTUZ] | N[EILO] | P[KLST] | QA | R[OSU] | S[ACEIKMNTV] | T[DGLNR] | UA | V[AG] | XK
)[0-9]{2}[a-zA-Z0-9]{11,29}(?-u:\b)";
const IMEI: &str = r"(?-u:\b)[0-9]{2}-?[0-9]{6}-?[0-9]{6}-?[0-9]{1,2}(?-u:\b)";
const MAC: &str = r"(?-u:\b)[0-9a-fA-F]{2}(?:[:-][0-9a-fA-F]{2}){5}(?-u:\b)";
// A key that was cut before its end is one as long as nothing else follows.
const PEM_KEY: &str = r"(?xs)
    -----BEGIN\ [A-Z0-9\ ]*(?:PRIVATE|PUBLIC)\ KEY(?:\ BLOCK)?-----(?:\r\n|\s)?
    (?:
        (.+?) (?:\r?\n)? -----END\ [A-Z0-9\ ]*(?:PRIVATE|PUBLIC)\ KEY(?:\ BLOCK)?-----
      | ([A-Za-z0-9+/=\s\\.]+) \z
    )";
const URL_AUTH: &str = r#"://([^\s/?\#@:"'<>]+(?::[^\s/?\#@"'<>]+)?|:[^\s/?\#@"'<>]+)@"#;
const URL_PASSWORD: &str = r#"://[^\s/?\#@:"'<>]*:([^\s/?\#@"'<>]+)@"#;
const USER_PATH: &str = r"(?i)(?-u:\b)(?:users|home|documents and settings|[^/\\\r\n]+[/\\]profiles)[/\\]([^/\\\r\n]+)";
const US_SSN: &str = r"(?-u:\b)[0-9]{3}-[0-9]{2}-[0-9]{4}(?-u:\b)";
const UUID: &str = r"(?x)(?-u:\b)
    [a-zA-Z0-9]{8} -? [a-zA-Z0-9]{4} -? [a-zA-Z0-9]{4} -? [a-zA-Z0-9]{4} -? [a-zA-Z0-9]{12}
(?-u:\b)";

macro_rules! patterns {
    ($($pattern:ident $text:expr;)*) => {
        impl Pattern {
            /// `None`: no regular expression tells it.
            pub(crate) fn regex(self) -> Option<&'static Regex> {
                match self {
                    $(Self::$pattern => {
                        static REGEX: LazyLock<Regex> =
                            LazyLock::new(|| Regex::new(&$text).expect("a test compiles every pattern"));
                        Some(&REGEX)
                    })*
                    Self::Ip => None,
                }
            }

            pub(crate) fn bytes_regex(self) -> Option<&'static bytes::Regex> {
                match self {
                    $(Self::$pattern => {
                        static REGEX: LazyLock<bytes::Regex> =
                            LazyLock::new(|| bytes::Regex::new(&$text).expect("a test compiles every pattern"));
                        Some(&REGEX)
                    })*
                    Self::Ip => None,
                }
            }
        }
    };
}
patterns! {
    Bearer BEARER;
    Cookies format!(r"(?i-u:\b(?:{}))=([^;]+)", COOKIES.join("|"));
    CreditCard CREDIT_CARD;
    Email EMAIL;
    Iban IBAN;
    Imei IMEI;
    Mac MAC;
    PemKey PEM_KEY;
    UrlAuth URL_AUTH;
    UrlPassword URL_PASSWORD;
    UserPath USER_PATH;
    UsSsn US_SSN;
    Uuid UUID;
}

impl Pattern {
    /// The groups that hold the data; without any the whole match does.
    pub(crate) fn groups(self) -> &'static [usize] {
        match self {
            Self::PemKey => &[1, 2],
            Self::Cookies | Self::UrlAuth | Self::UrlPassword | Self::UserPath => &[1],
            _ => &[0],
        }
    }

    /// Whether a text with these characters can hold the data at all: most texts need not be searched for most
    /// patterns.
    pub(crate) fn is_possible(self, characters: &Characters) -> bool {
        let Characters {
            digits,
            dots,
            colons,
            dashes,
            slashes,
            ats,
            longest_word,
            length,
            letters,
        } = *characters;
        match self {
            Self::Bearer => length >= 8 && letters.has_all_of(Letters::of("bearer")),
            Self::Cookies => length >= 4,
            Self::CreditCard => digits >= 15,
            Self::Email => ats > 0 && dots > 0,
            Self::Iban => digits >= 2 && longest_word >= 15,
            Self::Imei => digits >= 15,
            Self::Ip => colons >= 2 || dots >= 3 && digits >= 4,
            Self::Mac => length >= 17 && colons + dashes >= 5,
            Self::PemKey => dashes >= 10,
            Self::UrlAuth | Self::UrlPassword => ats > 0 && colons > 0 && slashes >= 2,
            Self::UserPath => length >= 6,
            Self::UsSsn => digits >= 9 && dashes >= 2,
            Self::Uuid => length >= 32,
        }
    }
}

/// How often what patterns need is in a text.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Characters {
    digits: u32,
    dots: u32,
    colons: u32,
    dashes: u32,
    slashes: u32,
    ats: u32,
    /// Letters and digits in a row.
    longest_word: u32,
    length: usize,
    letters: Letters,
}

/// Which letters are in a text, whatever their case; a set of bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Letters(u32);

impl Letters {
    pub(crate) const fn of(text: &str) -> Self {
        let mut letters = 0;
        let mut index = 0;
        while index < text.len() {
            let byte = text.as_bytes()[index];
            if byte.is_ascii_alphabetic() {
                letters |= 1 << (byte & 31);
            }
            index += 1;
        }
        Self(letters)
    }

    const fn has_all_of(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether [`PASSWORD_KEY`] or [`PASSWORD_VALUE`] may be in a text of so many bytes with these letters.
    pub(crate) fn may_name_password(self, length: usize) -> bool {
        let has = |words: &[Self]| words.iter().any(|word| self.has_all_of(*word));
        has(&PASSWORD_LETTERS) || length <= LONGEST_WHOLE && has(&WHOLE_LETTERS)
    }
}

impl Characters {
    /// Whether [`PASSWORD_VALUE`] may be in the text.
    pub(crate) fn may_name_password(&self) -> bool {
        self.letters.may_name_password(self.length)
    }

    pub(crate) fn of(text: &[u8]) -> Self {
        let mut found = Self {
            length: text.len(),
            ..Self::default()
        };
        let mut word = 0;
        let mut letters = 0;
        for byte in text {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' => {
                    letters |= 1 << (byte & 31);
                    word += 1;
                }
                b'0'..=b'9' => {
                    found.digits += 1;
                    word += 1;
                }
                other => {
                    found.longest_word = found.longest_word.max(word);
                    word = 0;
                    match other {
                        b'.' => found.dots += 1,
                        b':' => found.colons += 1,
                        b'-' => found.dashes += 1,
                        b'/' => found.slashes += 1,
                        b'@' => found.ats += 1,
                        _ => {}
                    }
                }
            }
        }
        found.longest_word = found.longest_word.max(word);
        found.letters = Letters(letters);
        found
    }
}

macro_rules! words {
    () => {
        "password|secret|passwd|api[_-]?key|auth|credentials|mysql_pwd|private[_-]?key|^(?:otp|two[_-]factor)$"
    };
}

/// Of the words above and of "token": a text without all letters of one of them has none. What is a part of another one
/// stands for it.
const PASSWORD_LETTERS: [Letters; 8] = [
    Letters::of("secret"),
    Letters::of("passwd"),
    Letters::of("apikey"),
    Letters::of("auth"),
    Letters::of("credentials"),
    Letters::of("mysqlpwd"),
    Letters::of("privatekey"),
    Letters::of("token"),
];

/// Of the words that count only where they are the whole text, which has so many bytes at most.
const WHOLE_LETTERS: [Letters; 2] = [Letters::of("otp"), Letters::of("twofactor")];
const LONGEST_WHOLE: usize = "two_factor".len();

/// Names of values that let somebody in.
pub(crate) static PASSWORD_KEY: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(concat!("(?i-u)", words!(), "|token")).expect("a test compiles every pattern"));

/// Texts that seem to name such a value.
pub(crate) static PASSWORD_VALUE: LazyLock<Regex> = LazyLock::new(|| {
    // A token is also what a parser stumbles over, so only one with a value counts.
    Regex::new(concat!("(?i-u)", words!(), r#"|token[\x21-\x7e]{0,64}[:=]"#)).expect("a test compiles every pattern")
});

/// The first address of the internet protocol, of either version, at or behind `from`.
///
/// Hexadecimal digits and colons may stand in a text for many reasons, and no regular expression of sane length tells
/// which of them the parser takes.
pub(crate) fn find_ip(text: &[u8], from: usize) -> Option<Range<usize>> {
    let mut at = from;
    while at < text.len() {
        if is_ip_byte(text[at]) && !ends_in_word(&text[..at]) {
            let length = text[at..]
                .iter()
                .take(MAX_IP)
                .take_while(|byte| is_ip_byte(**byte))
                .count();
            if let Some(length) = ip_length(&text[at..at + length], &text[at + length..]) {
                return Some(at..at + length);
            }
        }
        at += 1;
    }
    None
}

/// `0000:0000:0000:0000:0000:0000:255.255.255.255`.
const MAX_IP: usize = 45;

fn is_ip_byte(byte: u8) -> bool {
    byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.')
}

/// The longest beginning that is an address and does not end within a word.
fn ip_length(candidate: &[u8], rest: &[u8]) -> Option<usize> {
    let dots = candidate.iter().filter(|byte| **byte == b'.').count();
    let colons = candidate.iter().filter(|byte| **byte == b':').count();
    if dots < 3 && colons < 2 {
        return None;
    }
    (2..=candidate.len()).rev().find(|&length| {
        let (address, behind) = candidate.split_at(length);
        let follows_word = behind.first().or(rest.first()).is_some_and(|_| {
            let behind = if behind.is_empty() { rest } else { behind };
            starts_with_word(behind)
        });
        !follows_word && is_ip(address)
    })
}

fn is_ip(address: &[u8]) -> bool {
    let Ok(address) = std::str::from_utf8(address) else {
        return false;
    };
    if address.contains(':') {
        return address.parse::<core::net::Ipv6Addr>().is_ok();
    }
    // Leading zeros are no reason to let an address pass.
    let mut parts = 0;
    address.split('.').all(|part| {
        parts += 1;
        matches!(part.len(), 1..=3) && part.parse::<u8>().is_ok() && part.bytes().all(|byte| byte.is_ascii_digit())
    }) && parts == 4
}

fn ends_in_word(text: &[u8]) -> bool {
    let start = text.len().saturating_sub(4);
    let tail = (start..text.len()).find_map(|from| std::str::from_utf8(&text[from..]).ok());
    tail.and_then(|tail| tail.chars().next_back()).is_some_and(is_word)
}

fn starts_with_word(text: &[u8]) -> bool {
    let head = (1..=text.len().min(4)).find_map(|to| std::str::from_utf8(&text[..to]).ok());
    head.and_then(|head| head.chars().next()).is_some_and(is_word)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_pattern_finds_is_possible_by_its_characters() {
        for text in [
            "my PassWord is",
            "SECRET",
            "passwd",
            "Api-Key",
            "apikey",
            "api_key",
            "Authorization",
            "credentials",
            "mysql_pwd",
            "private-key",
            "privatekey",
            "OTP",
            "two-factor",
            "TOKEN=1",
            "a token: b",
        ] {
            assert!(PASSWORD_VALUE.is_match(text) && PASSWORD_KEY.is_match(text), "{text}");
            assert!(Characters::of(text.as_bytes()).may_name_password(), "{text}");
        }
        for text in ["", "1234", "hello world", "/usr/lib/python3/site.py", "7f3c-99aa"] {
            assert!(!PASSWORD_VALUE.is_match(text), "{text}");
            assert!(!Characters::of(text.as_bytes()).may_name_password(), "{text}");
        }
        for text in ["Bearer abc", "x bEARER  y"] {
            let bearer = Pattern::Bearer.regex().unwrap();
            assert!(bearer.is_match(text), "{text}");
            assert!(Pattern::Bearer.is_possible(&Characters::of(text.as_bytes())), "{text}");
        }
    }

    /// No word may be added to the expression without its letters.
    #[test]
    fn every_word_of_a_password_has_its_letters() {
        let words = words!().replace("[_-]?", "").replace("[_-]", "").replace('_', "");
        let words = words.replace("^(?:", "").replace(")$", "");
        for word in words.split('|').chain(["token"]) {
            let letters = Letters::of(word);
            let mut known = PASSWORD_LETTERS.iter().chain(&WHOLE_LETTERS);
            assert!(known.any(|known| letters.has_all_of(*known)), "{word}");
        }
    }
}
