//! Dates and times in the forms that programs print. A form need not be a word of its own: file names carry them.

use std::sync::LazyLock;

use regex::Regex;

use super::scan::Place;

const DAY: &str = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const LONG_DAY: &str = "(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const MONTH: &str = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
const ZONE: &str = "(?:[+-][0-9]{4}|UTC|UT|GMT|[ECMP][SD]T|[A-IK-Z])";

/// The forms in order, each anchored at its place.
static FORMS: LazyLock<Regex> = LazyLock::new(|| {
    let forms = [
        // RFC 822 and 1123: `Mon, 02 Jan 2006 15:04:05 GMT`.
        format!("{DAY}, [0-9]{{1,2}} {MONTH} [0-9]{{2,4}} [0-9]{{1,2}}:[0-9]{{1,2}}(?::[0-9]{{1,2}})? {ZONE}"),
        format!("[0-9]{{1,2}} {MONTH} (?:19|[2-9][0-9])[0-9]{{2}} [0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}})? {ZONE}"),
        // RFC 850: `Monday, 02-Jan-06 15:04:05 GMT`.
        format!("{LONG_DAY}, [0-9]{{2}}-{MONTH}-[0-9]{{2}} [0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}} {ZONE}"),
        // JavaScript: `Mon Jan 02 2006 15:04:05 GMT+0100 (Central European Standard Time)`.
        format!(
            r"{DAY} {MONTH} [0-9]{{2}} [0-9]{{4}} [0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}} GMT[+-][0-9]{{4}}(?: \([^)]+\))?"
        ),
        // C: `Mon Jan  2 15:04:05 2006`, with a zone before the year or without.
        format!(
            "(?:{DAY} +)?{MONTH} +[0-9]{{1,2}} +[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(?: +[A-Z]{{3,4}})? +[0-9]{{4}}"
        ),
        // `Mon Jan 02, 2006`
        format!("(?:{DAY} )?{MONTH} [0-3]?[0-9], [0-9]{{2,4}}"),
        // ISO 8601 and RFC 3339, also without separators.
        r"[0-9]{4}-?[01][0-9]-?[0-3][0-9][ T][0-2][0-9]:?[0-5][0-9](?::?[0-5][0-9](?:[.,][0-9]+)?)?(?:Z|[+-][0-2][0-9]:?[0-5][0-9])?"
            .to_owned(),
        "[0-9]{4}-[01][0-9]-[0-3][0-9]".to_owned(),
        // Clocks of 24 hours, and of 12.
        "(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]+)?)?(?: ?[AaPp][Mm](?-u:\\b))?".to_owned(),
        r"datetime\.datetime\([^)\n]*\)".to_owned(),
    ];
    Regex::new(&format!("^(?:{})", forms.join("|"))).expect("the forms are constants and tested")
});

pub(super) fn date(place: &Place<'_>) -> Option<usize> {
    let bytes = place.bytes();
    // Nothing is matched from its second digit on, and little begins like a date.
    let begins = match bytes.first()? {
        b'0'..=b'9' => {
            place.run(0, |byte| byte.is_ascii_digit()) <= 8 && !place.before().is_some_and(|c| c.is_ascii_digit())
        }
        b'A' | b'D' | b'F' | b'J' | b'M' | b'N' | b'O' | b'S' | b'T' | b'W' => {
            place.begins_word() && bytes.len() > 8 && bytes[1..].iter().take(2).all(u8::is_ascii_lowercase)
        }
        b'd' => place.rest().starts_with("datetime.datetime("),
        _ => false,
    };
    if !begins {
        return None;
    }
    let length = FORMS.find(place.rest())?.end();
    let goes_on = place.rest()[length..].starts_with(|c: char| c.is_ascii_digit());
    let is_clock = bytes.iter().take(3).any(|byte| *byte == b':');
    // Groups of digits with more colons than a clock has are something else.
    let is_more = is_clock
        && (place.rest()[length..].starts_with(':') || place.before() == Some(':') || place.before() == Some('.'));
    (!goes_on && !is_more).then_some(length)
}
