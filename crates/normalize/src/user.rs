//! The affected user, and what users are told apart by.

use protocol::event::{Event, User};
use serde_json::Value;

use crate::{Context, geo::Location};

pub(crate) fn normalize(event: &mut Event, cx: &Context<'_>) {
    let Some(user) = &mut event.user else { return };
    for text in [
        &mut user.id,
        &mut user.username,
        &mut user.email,
        &mut user.name,
        &mut user.segment,
    ] {
        text.take_if(|text| text.trim().is_empty());
    }
    locate(user, cx);
    identify(user);
    if *user == User::default() {
        event.user = None;
    }
}

/// Where the address is, unless the SDK knows better.
fn locate(user: &mut User, cx: &Context<'_>) {
    if !user.geo.is_empty() {
        return;
    }
    let address = user.ip_address.as_deref().and_then(|ip| ip.parse().ok());
    let Some(location) = address.and_then(|address| cx.geo?.find(address)) else {
        return;
    };
    let Location {
        country_code,
        city,
        subdivision,
        region,
    } = location;
    for (name, value) in [
        ("country_code", country_code),
        ("city", city),
        ("subdivision", subdivision),
        ("region", region),
    ] {
        if let Some(value) = value {
            user.geo.insert(name.to_owned(), Value::String(value));
        }
    }
}

/// What users are told apart by, as it can be shown.
pub(crate) fn identify(user: &mut User) {
    user.sentry_user = key(user);
}

fn key(user: &User) -> Option<String> {
    let key = |name: &str, value: &Option<String>| value.as_ref().map(|value| format!("{name}:{value}"));
    key("id", &user.id)
        .or_else(|| key("username", &user.username))
        .or_else(|| key("email", &user.email))
        .or_else(|| key("ip", &user.ip_address))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::tests::{context, read};

    #[test]
    fn users_are_told_apart() {
        let check = |user: Value, expected: Option<&str>| {
            let mut event = read(json!({"user": user}));
            super::normalize(&mut event, &context());
            assert_eq!(
                event.user.and_then(|user| user.sentry_user).as_deref(),
                expected,
                "{user}"
            );
        };
        check(
            json!({"id": 1, "username": "u", "email": "e@x", "ip_address": "1.2.3.4"}),
            Some("id:1"),
        );
        check(json!({"id": " ", "username": "u", "email": "e@x"}), Some("username:u"));
        check(json!({"email": "e@x", "ip_address": "1.2.3.4"}), Some("email:e@x"));
        check(json!({"ip_address": "1.2.3.4"}), Some("ip:1.2.3.4"));
        check(json!({"foo": 1, "sentry_user": "id:forged"}), None);
        check(json!({}), None);
    }
}
