//! What pages load: host, the parts of the path that many sites have, and the name of the file without versions and
//! hashes.

use protocol::url::Url;

use super::{file::extension, function::replaced, http::authority};

/// Parts of a path that say what lies there, not whose it is.
const COMMON_PARTS: [&str; 56] = [
    "_app",
    "_next",
    "_nuxt",
    "_static",
    "admin",
    "ajax",
    "api",
    "app",
    "assets",
    "avatars",
    "build",
    "bundles",
    "cache",
    "cdn",
    "chunks",
    "client",
    "common",
    "components",
    "content",
    "css",
    "data",
    "dist",
    "embed",
    "files",
    "fonts",
    "framework",
    "gtag",
    "icons",
    "image",
    "images",
    "img",
    "includes",
    "javascript",
    "javascripts",
    "js",
    "lib",
    "libs",
    "locales",
    "media",
    "modules",
    "node_modules",
    "packages",
    "pages",
    "plugins",
    "public",
    "resources",
    "scripts",
    "src",
    "static",
    "styles",
    "stylesheets",
    "svg",
    "themes",
    "uploads",
    "vendor",
    "webpack",
];
/// Longer names are ids.
const MAX_NAME: usize = 25;

pub(super) fn scrubbed(kind: &str, description: &str) -> Option<String> {
    let Some(url) = Url::parse(description) else {
        return Some(relative(kind, description));
    };
    match &*url.scheme {
        "data" => Some(match url.path.split_once(';') {
            Some((media_type, _)) => format!("data:{media_type}"),
            None => "data:*/*".to_owned(),
        }),
        "chrome-extension" | "moz-extension" | "ms-browser-extension" | "safari-extension" | "safari-web-extension" => {
            Some("browser-extension://*".to_owned())
        }
        scheme => Some(format!(
            "{scheme}://{}/{}",
            authority(&url),
            path(kind, url.path.trim_start_matches('/'))
        )),
    }
}

fn relative(kind: &str, description: &str) -> String {
    let before_query = description.split(['?', '#']).next().unwrap_or(description);
    match before_query.strip_prefix('/') {
        Some(rest) => format!("/{}", path(kind, rest)),
        None => path(kind, before_query),
    }
}

/// One star for every run of parts that are no common ones.
fn path(kind: &str, path: &str) -> String {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let mut parts: Vec<&str> = Vec::new();
    for folder in folders.split('/').filter(|_| !folders.is_empty()) {
        if COMMON_PARTS.contains(&folder) {
            parts.push(folder);
        } else if parts.last() != Some(&"*") {
            parts.push("*");
        }
    }
    let name = file_name(kind, name);
    parts.push(&name);
    parts.join("/")
}

fn file_name(kind: &str, name: &str) -> String {
    if name.is_empty() {
        return String::new();
    }
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let stem = if kind == "img" {
        "*".to_owned()
    } else {
        stem_without_ids(stem)
    };
    match extension(ending) {
        "" => stem,
        ending => format!("{stem}.{ending}"),
    }
}

fn stem_without_ids(stem: &str) -> String {
    let scrubbed = replaced(&without_versions(stem), "*");
    let is_odd = |letter: char| letter.is_numeric() || "&%#=+@".contains(letter);
    // A single word with capitals in it is a random one more often than a name.
    let looks_random = scrubbed.bytes().all(|byte| byte.is_ascii_alphabetic())
        && scrubbed.bytes().any(|byte| byte.is_ascii_uppercase());
    if scrubbed.len() > MAX_NAME || scrubbed.contains(is_odd) || looks_random {
        "*".to_owned()
    } else {
        scrubbed
    }
}

/// `v1.2.3` at the start of a word.
fn without_versions(stem: &str) -> String {
    let mut scrubbed = String::with_capacity(stem.len());
    let mut rest = stem;
    while let Some(letter) = rest.chars().next() {
        let starts_word = !scrubbed.ends_with(|last: char| last.is_alphanumeric());
        let digits = rest[letter.len_utf8()..]
            .bytes()
            .take_while(|byte| byte.is_ascii_digit() || *byte == b'.')
            .count();
        if matches!(letter, 'v' | 'V') && starts_word && rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit) {
            let version = rest[..=digits].trim_end_matches('.').len();
            scrubbed.push('*');
            rest = &rest[version..];
        } else {
            scrubbed.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
    }
    scrubbed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources() {
        for (kind, description, expected) in [
            (
                "script",
                "https://data.domain.com/js/guide.js",
                "https://*.domain.com/js/guide.js",
            ),
            (
                "script",
                "https://data.domain.com/data/guide123.js?a=1",
                "https://*.domain.com/data/guide*.js",
            ),
            (
                "script",
                "https://a.com/static/chunks/09876543211234567890",
                "https://a.com/static/chunks/*",
            ),
            (
                "script",
                "/_next/static/chunks/12345-abcdef0123456789.js",
                "/_next/static/chunks/*-*.js",
            ),
            (
                "css",
                "/_next/static/media/Some_Font-Bold.0123abcd.woff2",
                "/_next/static/media/Some_Font-Bold.*.woff2",
            ),
            (
                "js",
                "https://domain.com/path/to/app-1f90d5.f012d11690e188c96fe6.js",
                "https://domain.com/*/app-*.*.js",
            ),
            ("js", "webroot/assets/Profile-73f6525d.js", "*/assets/Profile-*.js"),
            (
                "css",
                "https://a.com/assets/dark-764fa7c8-f3cd-11ed-a05b-0242ac120003.css",
                "https://a.com/assets/dark-*.css",
            ),
            (
                "css",
                "https://a.com/assets/this_is-a_good_resource-123-scrub_me.js",
                "https://a.com/assets/*.js",
            ),
            ("script", "https://a.com/lib-v1.2.3.js", "https://a.com/lib-*.js"),
            (
                "img",
                "https://data.domain.com/something/guide.gif",
                "https://*.domain.com/*/*.gif",
            ),
            ("img", "/organization-avatar/123/?s=120", "/*/"),
            ("img", "http://domain.com/something.123", "http://domain.com/*.*"),
            ("img", "data:image/svg+xml;base64,PHN2ZyB4bW", "data:image/svg+xml"),
            ("img", "data:foo", "data:*/*"),
            ("script", "/page?action=name", "/page"),
            ("script", "/path/to/file.thisismycustomfileextension2000", "/*/file.*"),
            ("script", "/path/to/file.js~ri~some", "/*/file.js"),
            ("link", "jkhdkkncnoglghljlkmcimlnlhkeamab/123.css", "*/*.css"),
            ("script", "https://a.com/QltdXIJWTF", "https://a.com/*"),
            (
                "other",
                "chrome-extension://begnopegbbhjeeiganiajffnalhlkkjb/x.svg",
                "browser-extension://*",
            ),
        ] {
            assert_eq!(scrubbed(kind, description).as_deref(), Some(expected), "{description}");
        }
    }
}
