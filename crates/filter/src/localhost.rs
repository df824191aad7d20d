use crate::item::Item;

const ADDRESSES: [&str; 2] = ["127.0.0.1", "::1"];
const NAMES: [&str; 2] = ["127.0.0.1", "localhost"];

/// Whether the item comes from a developer's own machine.
pub(crate) fn matches(item: &Item<'_>) -> bool {
    if item.user_ip.is_some_and(|ip| ADDRESSES.contains(&ip)) {
        return true;
    }
    let Some(request) = item.request else { return false };
    let forwarded_for = request.header("x-forwarded-for");
    if forwarded_for.is_some_and(|address| ADDRESSES.contains(&address.trim())) {
        return true;
    }
    match request.url.as_deref().and_then(parse) {
        Some(Place::File) => true,
        Some(Place::Host(host)) => NAMES.iter().any(|name| is_or_is_under(&host, name)),
        // Without a URL the header must be the very name: `localhost.example.com` is a real host.
        None => ["host", "x-forwarded-host"].into_iter().any(|header| {
            let host = request.header(header).and_then(|value| value.split(':').next());
            host.is_some_and(|host| NAMES.contains(&host.trim()))
        }),
    }
}

enum Place {
    File,
    /// In lower case.
    Host(String),
}

/// Where an absolute URL points to.
fn parse(url: &str) -> Option<Place> {
    let (scheme, rest) = url.trim().split_once(':')?;
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    if scheme.is_empty() || !scheme.chars().all(is_scheme) {
        return None;
    }
    if scheme.eq_ignore_ascii_case("file") {
        return Some(Place::File);
    }
    let authority = rest.strip_prefix("//")?.split(['/', '?', '#', '\\']).next()?;
    let host = authority.rsplit('@').next()?;
    let name = match host.strip_prefix('[') {
        Some(address) => address.split(']').next()?,
        None => host.split(':').next()?,
    };
    Some(Place::Host(name.to_ascii_lowercase()))
}

fn is_or_is_under(host: &str, name: &str) -> bool {
    host.strip_suffix(name)
        .is_some_and(|before| before.is_empty() || before.ends_with('.'))
}
