//! The affected user, and what users are told apart by.

use protocol::event::{Event, User};

use crate::limits::{EMAIL, NAME, cut_field, trim_field};

pub(crate) fn normalize(event: &mut Event) {
    let Some(user) = &mut event.user else { return };
    for text in [
        &mut user.id,
        &mut user.username,
        &mut user.email,
        &mut user.name,
        &mut user.segment,
    ] {
        trim_field(text);
    }
    cut_field(&mut user.id, NAME);
    cut_field(&mut user.username, NAME);
    cut_field(&mut user.name, NAME);
    cut_field(&mut user.email, EMAIL);
    user.sentry_user = key(user);
    if *user == User::default() {
        event.user = None;
    }
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

    use crate::tests::read;

    #[test]
    fn users_are_told_apart() {
        let check = |user: Value, expected: Option<&str>| {
            let mut event = read(json!({"user": user}));
            super::normalize(&mut event);
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
