//! Where the event came from, in the places that ask for it.

use protocol::event::{Event, User};
use serde_json::Value;

use crate::Context;

const AUTO: &str = "{{auto}}";

pub(crate) fn normalize(event: &mut Event, cx: &Context<'_>) {
    let setting = infer_ip(event);
    let client_ip = cx
        .client_ip
        .filter(|_| setting != Some("never"))
        .map(|ip| ip.to_string());
    let remote_address = remote_address(event, client_ip.as_deref());
    let infers = match setting {
        Some("never") => false,
        Some("auto") => true,
        // SDKs that do not say: the ones in browsers and on devices are those of the user.
        _ => matches!(event.platform.as_deref(), Some("javascript" | "cocoa" | "objc")),
    };
    let remote_address = remote_address.filter(|_| setting != Some("never"));
    if let Some(user) = &mut event.user
        && user.ip_address.as_deref() == Some(AUTO)
    {
        user.ip_address = remote_address.clone().or_else(|| client_ip.clone());
    }
    if event.user.as_ref().is_some_and(|user| user.ip_address.is_some()) {
        return;
    }
    let ip_address = remote_address.or_else(|| client_ip.filter(|_| infers));
    if ip_address.is_some() {
        event.user.get_or_insert_with(User::default).ip_address = ip_address;
    }
}

/// What the SDK says of whether the sender of the event is its user.
fn infer_ip(event: &Event) -> Option<&'static str> {
    let setting = event.sdk.as_ref()?.settings.get("infer_ip")?.as_str()?;
    ["auto", "never"].into_iter().find(|known| *known == setting)
}

/// `REMOTE_ADDR` as the web server of the program saw it, when it is an address.
fn remote_address(event: &mut Event, client_ip: Option<&str>) -> Option<String> {
    let env = &mut event.request.as_mut()?.env;
    let address = env.get("REMOTE_ADDR")?.as_str()?;
    if address == AUTO {
        match client_ip {
            Some(ip) => env.insert("REMOTE_ADDR".to_owned(), Value::String(ip.to_owned())),
            None => env.shift_remove("REMOTE_ADDR"),
        };
        return client_ip.map(str::to_owned);
    }
    address.parse::<core::net::IpAddr>().ok().map(|ip| ip.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::tests::{context, read};

    #[test]
    fn finds_the_address_of_the_user() {
        let check = |input: serde_json::Value, expected: Option<&str>| {
            let mut event = read(input.clone());
            super::normalize(&mut event, &context());
            assert_eq!(
                event.user.and_then(|user| user.ip_address).as_deref(),
                expected,
                "{input}"
            );
        };
        check(
            json!({"user": {"ip_address": "{{auto}}"}, "platform": "python"}),
            Some("192.0.2.7"),
        );
        check(
            json!({"user": {"ip_address": "1.2.3.4"}, "platform": "javascript"}),
            Some("1.2.3.4"),
        );
        check(
            json!({"user": {"id": "1"}, "platform": "javascript"}),
            Some("192.0.2.7"),
        );
        check(json!({"platform": "cocoa"}), Some("192.0.2.7"));
        check(json!({"platform": "python"}), None);
        check(
            json!({"platform": "python", "sdk": {"settings": {"infer_ip": "auto"}}}),
            Some("192.0.2.7"),
        );
        check(
            json!({"platform": "javascript", "sdk": {"settings": {"infer_ip": "never"}}}),
            None,
        );
        check(
            json!({"user": {"ip_address": "{{auto}}"}, "sdk": {"settings": {"infer_ip": "never"}}}),
            None,
        );
        check(
            json!({"request": {"env": {"REMOTE_ADDR": "4.3.2.1"}}, "sdk": {"settings": {"infer_ip": "never"}}}),
            None,
        );
        check(
            json!({"user": {"ip_address": "{{auto}}"}, "request": {"env": {"REMOTE_ADDR": "4.3.2.1"}}}),
            Some("4.3.2.1"),
        );
        check(
            json!({"request": {"env": {"REMOTE_ADDR": "4.3.2.1"}}, "platform": "javascript"}),
            Some("4.3.2.1"),
        );
        check(
            json!({"request": {"env": {"REMOTE_ADDR": "{{auto}}"}}}),
            Some("192.0.2.7"),
        );
        check(json!({"request": {"env": {"REMOTE_ADDR": "nonsense"}}}), None);
    }
}
