//! Names and content types that senders give to files: what is kept of them, and what is safe to give back.

/// What browsers and clients are told when nothing else is known.
const UNKNOWN: &str = "application/octet-stream";

const MAX_CONTENT_TYPE_CHARS: usize = 255;

const TYPES: [(&str, &str); 25] = [
    ("avi", "video/x-msvideo"),
    ("bmp", "image/bmp"),
    ("css", "text/css"),
    ("csv", "text/csv"),
    ("gif", "image/gif"),
    ("gz", "application/gzip"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("ico", "image/x-icon"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript"),
    ("json", "application/json"),
    ("log", "text/plain"),
    ("mov", "video/quicktime"),
    ("mp4", "video/mp4"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("tar", "application/x-tar"),
    ("txt", "text/plain"),
    ("webm", "video/webm"),
    ("webp", "image/webp"),
    ("xml", "text/xml"),
    ("zip", "application/zip"),
];

/// The first `chars` of a name.
pub(crate) fn cut(name: &str, chars: usize) -> String {
    name.chars().take(chars).collect()
}

/// The content type without parameters, or what the name's ending tells. A type that could not stand in a header counts
/// as not given.
pub(crate) fn content_type(given: Option<&str>, name: &str) -> String {
    let given = given
        .and_then(|given| given.split(';').next())
        .map(|given| given.trim().to_ascii_lowercase())
        .filter(|given| is_content_type(given));
    given.unwrap_or_else(|| of_ending(name).to_owned())
}

fn is_content_type(text: &str) -> bool {
    // RFC 9110, 5.6.2: what a token consists of.
    let is_token = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
    };
    text.len() <= MAX_CONTENT_TYPE_CHARS
        && text
            .split_once('/')
            .is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype))
}

fn of_ending(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    TYPES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(ending))
        .map_or(UNKNOWN, |(_, content_type)| content_type)
}

/// The last part of what may be a path, without controls and signs that file systems and headers understand in their
/// own way.
pub(crate) fn download_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let safe: String = last
        .chars()
        .filter(|c| !c.is_control() && !is_direction(*c))
        .map(|c| if "\"<>:|?*;%".contains(c) { '_' } else { c })
        .take(200)
        .collect();
    match safe.trim_matches([' ', '.']) {
        "" => "attachment".to_owned(),
        _ => safe.trim().trim_start_matches('.').to_owned(),
    }
}

/// Signs that turn the direction of text, so that `gpj.exe` can be made to look like `exe.jpg`.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_has_a_name_that_is_no_path() {
        for (sent, given) in [
            ("screenshot.png", "screenshot.png"),
            ("größe 1.txt", "größe 1.txt"),
            ("../../etc/passwd", "passwd"),
            ("..\\..\\windows\\system.ini", "system.ini"),
            ("/", "attachment"),
            ("", "attachment"),
            ("..", "attachment"),
            (".bashrc", "bashrc"),
            ("a\r\nSet-Cookie: x=1", "aSet-Cookie_ x=1"),
            ("a\"; filename=\"b.html", "a__ filename=_b.html"),
            ("photo\u{202e}gpj.exe", "photogpj.exe"),
            ("a\0b", "ab"),
        ] {
            assert_eq!(download_name(sent), given, "{sent:?}");
        }
        assert_eq!(download_name(&"ä".repeat(5_000)).chars().count(), 200);
    }

    #[test]
    fn the_content_type_is_what_was_sent_or_what_the_name_tells() {
        for (sent, name, kept) in [
            (Some("text/plain; charset=utf-8"), "a.png", "text/plain"),
            (Some("IMAGE/PNG"), "a", "image/png"),
            (None, "a.PNG", "image/png"),
            (None, "crash.dmp", UNKNOWN),
            (None, "png", UNKNOWN),
            (Some(""), "a.json", "application/json"),
            (Some("text/html\r\nx: y"), "a.log", "text/plain"),
            (Some("nonsense"), "a.zip", "application/zip"),
        ] {
            assert_eq!(content_type(sent, name), kept, "{sent:?} {name:?}");
        }
    }
}
