//! The kinds of parameters. Each is a function that says how many bytes from a place on are such a one.
//!
//! They are written by hand because nearly all need to look at what stands before them, and because most places in a text
//! can be refused at their first byte.

use super::{
    date,
    scan::{Place, is_word},
};

type Find = fn(&Place<'_>) -> Option<usize>;

/// In order: the first that fits at a place wins.
pub(super) const KINDS: [(&str, Find); 19] = [
    ("email", email),
    ("url", url),
    ("hostname", hostname),
    ("ip", ip),
    ("traceparent", traceparent),
    ("uuid", uuid),
    ("sha1", |place| digest(place, 40)),
    ("md5", |place| digest(place, 32)),
    ("date", date::date),
    ("duration", duration),
    ("swift_txn_id", swift_transaction_id),
    ("mac", mac),
    ("hex", hex),
    ("git_sha", git_sha),
    ("random_id", random_id),
    ("float", float),
    ("int", int),
    ("quoted_str", quoted_str),
    ("bool", bool),
];

pub(super) fn is_local_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c)
}

fn email(place: &Place<'_>) -> Option<usize> {
    let label = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    // Within a local part its beginning was tried already, and led to the same sign or to none.
    if place.before().is_some_and(is_local_part) {
        return None;
    }
    let local = place.run(0, |byte| is_local_part(byte.into()));
    if local == 0 || !place.is(local, b'@') {
        return None;
    }
    let mut end = local + 1;
    let first = place.run(end, label);
    if first == 0 {
        return None;
    }
    end += first;
    while place.is(end, b'.') {
        match place.run(end + 1, label) {
            0 => break,
            length => end += 1 + length,
        }
    }
    Some(end)
}

fn url(place: &Place<'_>) -> Option<usize> {
    if !place.begins_word() {
        return None;
    }
    let schemes = ["wss://", "ws://", "https://", "http://", "ftp://"];
    let scheme = schemes.iter().find(|scheme| place.rest().starts_with(**scheme))?;
    let address = &place.rest()[scheme.len()..];
    let length = address.find(char::is_whitespace).unwrap_or(address.len());
    let mut chars = address[..length].chars();
    let begins = chars.next().is_some_and(|c| !"/$.?#".contains(c));
    (begins && chars.next().is_some()).then_some(scheme.len() + length)
}

/// The top-level domains that hosts are found by. A list of all would make hosts of file names and sentences.
const TOP_LEVEL: &[&str] = &[
    "ae", "al", "app", "ar", "at", "au", "be", "bg", "biz", "br", "by", "ca", "cat", "cc", "cf", "ch", "cl", "club",
    "cn", "co", "com", "cz", "de", "dk", "edu", "ee", "es", "eu", "fi", "fm", "fr", "ga", "gov", "gq", "gr", "hk",
    "hr", "hu", "id", "ie", "il", "in", "info", "io", "ir", "is", "it", "jobs", "jp", "kr", "kz", "la", "link", "lt",
    "ly", "me", "mobi", "ms", "mx", "my", "net", "news", "ng", "nl", "no", "nz", "online", "org", "pe", "ph", "pl",
    "pro", "pt", "ro", "rs", "ru", "sa", "se", "sg", "si", "site", "sk", "th", "tips", "tk", "to", "tr", "tv", "tw",
    "ua", "ug", "uk", "us", "vn", "wiki", "xxx", "xyz", "za",
];

/// Labels up to the first that is a top-level domain in one case.
fn hostname(place: &Place<'_>) -> Option<usize> {
    let label = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if !place.begins_word() || !place.bytes().first().is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let mut end = place.run(0, label);
    let mut label_length = end;
    while (1..=63).contains(&label_length) && place.is(end, b'.') {
        label_length = place.run(end + 1, label);
        let text = &place.rest()[end + 1..end + 1 + label_length];
        end += 1 + label_length;
        // A label may go on with a hyphen: `io-uring` is none.
        let domain = text.split('-').next().unwrap_or(text);
        let ends = end - text.len() + domain.len();
        let one_case = [u8::is_ascii_uppercase, u8::is_ascii_lowercase]
            .iter()
            .any(|case| domain.bytes().all(|byte| case(&byte)));
        if one_case && TOP_LEVEL.contains(&domain.to_ascii_lowercase().as_str()) && place.ends_word(ends) {
            return Some(ends);
        }
    }
    None
}

fn ip(place: &Place<'_>) -> Option<usize> {
    if !place.begins_word() {
        return None;
    }
    match place.bytes().first()? {
        b'0'..=b'9' => ip_v4(place).or_else(|| ip_v6(place)),
        b'a'..=b'f' | b'A'..=b'F' | b':' => ip_v6(place),
        _ => None,
    }
}

fn ip_v4(place: &Place<'_>) -> Option<usize> {
    let mut end = 0;
    for part in 0..4 {
        if part > 0 {
            if !place.is(end, b'.') {
                return None;
            }
            end += 1;
        }
        let digits = place.run(end, |byte| byte.is_ascii_digit());
        let number: u16 = place.rest().get(end..end + digits)?.parse().ok()?;
        if digits > 3 || number > 255 {
            return None;
        }
        end += digits;
    }
    place.ends_word(end).then_some(end)
}

/// The longest beginning of the run of hex digits and colons that is an address. `Class::method` begins like one, but
/// goes on as a word.
fn ip_v6(place: &Place<'_>) -> Option<usize> {
    let run = place.run(0, |byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'));
    let run = run.min("0000:0000:0000:0000:0000:0000:255.255.255.255".len());
    let colons = place.bytes()[..run].iter().filter(|byte| **byte == b':').count();
    if colons < 2 {
        return None;
    }
    (2..=run).rev().find(|length| {
        let text = &place.rest()[..*length];
        // `::` and `a::b` are addresses too, and far more often names.
        let is_address = text.contains(|c: char| c.is_ascii_digit()) && text.parse::<core::net::Ipv6Addr>().is_ok();
        is_address && !place.rest()[*length..].starts_with(|c: char| is_word(c) || c == ':')
    })
}

/// Fixed lengths of lower-case hex digits, parted by hyphens.
fn parts(place: &Place<'_>, lengths: &[usize], digit: fn(&u8) -> bool) -> Option<usize> {
    let mut end = 0;
    for (index, length) in lengths.iter().enumerate() {
        if index > 0 {
            if !place.is(end, b'-') {
                return None;
            }
            end += 1;
        }
        if place.run(end, |byte| digit(&byte)) != *length {
            return None;
        }
        end += length;
    }
    place.ends_word(end).then_some(end)
}

fn is_lower_hex(byte: &u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

fn is_upper_hex(byte: &u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'A'..=b'F')
}

/// W3C, or the one of Amazon's load balancers.
fn traceparent(place: &Place<'_>) -> Option<usize> {
    if !place.begins_word() {
        return None;
    }
    let rest = place.rest();
    if rest.starts_with("00-") {
        let length = parts(place, &[2, 32, 16, 2], is_lower_hex)?;
        return matches!(&rest[length - 2..length], "00" | "01").then_some(length);
    }
    rest.starts_with("1-")
        .then(|| parts(place, &[1, 8, 24], is_lower_hex))?
}

fn uuid(place: &Place<'_>) -> Option<usize> {
    place
        .begins_word()
        .then(|| parts(place, &[8, 4, 4, 4, 12], u8::is_ascii_hexdigit))?
}

/// This many hex digits, cases mixed.
fn digest(place: &Place<'_>, length: usize) -> Option<usize> {
    place
        .begins_word()
        .then(|| parts(place, &[length], u8::is_ascii_hexdigit))?
}

fn digits(place: &Place<'_>, from: usize) -> usize {
    place.run(from, |byte| byte.is_ascii_digit())
}

/// Digits, and a fraction if there is one.
fn decimal(place: &Place<'_>, from: usize) -> Option<(usize, bool)> {
    let whole = digits(place, from);
    if whole == 0 {
        return None;
    }
    let end = from + whole;
    match place.is(end, b'.').then(|| digits(place, end + 1)) {
        Some(fraction @ 1..) => Some((end + 1 + fraction, true)),
        _ => Some((end, false)),
    }
}

fn duration(place: &Place<'_>) -> Option<usize> {
    if !place.begins_word() {
        return None;
    }
    let (end, _) = decimal(place, 0)?;
    let unit = ["ms", "s"]
        .into_iter()
        .find(|unit| place.rest()[end..].starts_with(unit))?;
    let end = end + unit.len();
    place.ends_word(end).then_some(end)
}

/// Of the object store of OpenStack: `tx`, 21 hex digits, a hyphen, 10 more, and whatever is stuck to it.
fn swift_transaction_id(place: &Place<'_>) -> Option<usize> {
    let is_one = place.begins_word()
        && place.rest().starts_with("tx")
        && place.run(2, |byte| is_lower_hex(&byte)) == 21
        && place.is(23, b'-')
        && place.run(24, |byte| is_lower_hex(&byte)) >= 10;
    let rest = place.rest();
    is_one.then(|| rest.find(char::is_whitespace).unwrap_or(rest.len()))
}

/// Six pairs of hex digits, parted by colons or by hyphens; letters alone are words.
fn mac(place: &Place<'_>) -> Option<usize> {
    const LENGTH: usize = 17;
    let bytes = place.bytes().get(..LENGTH)?;
    let separator = bytes[2];
    let fits = |(at, byte): (usize, &u8)| match at % 3 {
        2 => *byte == separator,
        _ => byte.is_ascii_hexdigit(),
    };
    let is_one =
        matches!(separator, b':' | b'-') && bytes.iter().any(u8::is_ascii_digit) && bytes.iter().enumerate().all(fits);
    (is_one && place.begins_word() && place.ends_word(LENGTH)).then_some(LENGTH)
}

/// Where the digits of a number begin: a hyphen between words is no minus.
fn behind_minus(place: &Place<'_>) -> Option<usize> {
    let minus = usize::from(place.is(0, b'-'));
    place.begins_word().then_some(minus)
}

/// From this length on, hex digits need be no mixture of letters and digits.
pub(super) const LONG_HEX: usize = 8;

fn hex(place: &Place<'_>) -> Option<usize> {
    let start = behind_minus(place)?;
    if place.is(start, b'0') && (place.is(start + 1, b'x') || place.is(start + 1, b'X')) {
        let length = place.run(start + 2, |byte| byte.is_ascii_hexdigit());
        let end = start + 2 + length;
        return (length > 0 && place.ends_word(end)).then_some(end);
    }
    let length = place.run(start, |byte| is_lower_hex(&byte));
    let length = length.max(place.run(start, |byte| is_upper_hex(&byte)));
    let fits = match length {
        4..=6 => is_mixed(&place.bytes()[start..start + length]),
        LONG_HEX..=128 => true,
        _ => false,
    };
    (fits && place.ends_word(start + length)).then_some(start + length)
}

/// Letters as well as digits.
fn is_mixed(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_digit) && text.iter().any(u8::is_ascii_alphabetic)
}

fn git_sha(place: &Place<'_>) -> Option<usize> {
    let is_one = place.begins_word()
        && place.run(0, |byte| is_lower_hex(&byte)) == 7
        && is_mixed(&place.bytes()[..7])
        && place.ends_word(7);
    is_one.then_some(7)
}

/// What generators make of letters and digits of both cases: 14 to 128 of them, digits in two places at least, and no
/// more than seven small letters in a row, so that names of classes and files remain. Underscores set it off: of
/// `pay_8Kx2mPq91LsVn4` the prefix stays. (The rule is ours: `ingest.md` §6.6 leaves it open.)
fn random_id(place: &Place<'_>) -> Option<usize> {
    if place.before().is_some_and(|c| c.is_alphanumeric()) {
        return None;
    }
    let length = place.run(0, |byte| byte.is_ascii_alphanumeric());
    if !(14..=128).contains(&length) || place.rest()[length..].starts_with(char::is_alphanumeric) {
        return None;
    }
    let text = &place.rest()[..length];
    let runs_of_digits = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|run| !run.is_empty())
        .count();
    let longest_word = text.split(|c: char| !c.is_ascii_lowercase()).map(str::len).max();
    (is_mixed(text.as_bytes()) && runs_of_digits >= 2 && longest_word <= Some(7)).then_some(length)
}

fn float(place: &Place<'_>) -> Option<usize> {
    let start = usize::from(place.is(0, b'-'));
    if start == 0 && !place.begins_word() {
        return None;
    }
    let (end, has_fraction) = decimal(place, start)?;
    (has_fraction && place.ends_word(end)).then_some(end)
}

/// Up to seven digits: longer ones are [`hex`].
fn int(place: &Place<'_>) -> Option<usize> {
    let start = behind_minus(place)?;
    let length = digits(place, start);
    let end = start + length;
    ((1..=7).contains(&length) && place.ends_word(end)).then_some(end)
}

/// Only the value of `key='value'`: quotes in sentences hold what matters.
fn quoted_str(place: &Place<'_>) -> Option<usize> {
    let quote = *place.bytes().first().filter(|byte| matches!(byte, b'\'' | b'"'))?;
    if place.before() != Some('=') {
        return None;
    }
    let length = place.rest()[1..].find(char::from(quote))?;
    (length > 0).then_some(length + 2)
}

fn bool(place: &Place<'_>) -> Option<usize> {
    if place.before() != Some('=') {
        return None;
    }
    let words = ["True", "true", "False", "false"];
    let word = words.iter().find(|word| place.rest().starts_with(**word))?;
    place.ends_word(word.len()).then_some(word.len())
}
