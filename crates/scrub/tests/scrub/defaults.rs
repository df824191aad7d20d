//! What the switches do (`ingest.md` §5.1, §13.4).

use scrub::Settings;
use serde_json::{Value, json};

use crate::{defaults, scrub, scrub_text};

#[track_caller]
fn check(input: &str, expected: &str) {
    assert_eq!(scrub_text(&defaults(), input).0, json!(expected), "{input}");
}

#[track_caller]
fn unchanged(input: &str) {
    assert_eq!(scrub_text(&defaults(), input), (json!(input), Value::Null), "{input}");
}

#[test]
fn texts_that_name_secrets_are_gone() {
    for text in [
        "my password is x",
        "token: abc",
        "auth",
        "otp",
        "two-factor",
        "API_KEY",
        "mysql_pwd",
        "private-key",
        r#"{"token": "x"}"#,
    ] {
        check(text, "[Filtered]");
    }
    for text in [
        "token abc",
        "my otp",
        "pwd",
        "pass",
        "session",
        "jwt",
        "card[number]",
        "",
    ] {
        unchanged(text);
    }
}

#[test]
fn secrets_are_cut_out_of_texts() {
    check("Bearer abcdef xyz", "[Filtered] xyz");
    check("id 4111111111111111 x", "id [Filtered] x");
    check("371449635398431", "[Filtered]");
    check("5500 0000 0000 0004", "[Filtered]");
    unchanged("1234567890123456");
    check("078-05-1120", "[Filtered]");
    check("DE89370400440532013000", "[Filtered]");
    check("http://u:p@host/x", "http://u:[Filtered]@host/x");
    check("redis://:pa$$@host/0", "redis://:[Filtered]@host/0");
    unchanged("https://u@host/");
    check("at 1.2.3.4, ::1 and 2001:db8::ff00:42:8329", "at [ip], [ip] and [ip]");
    for text in [
        "me@example.com",
        "/Users/joe/x",
        "ceee0822-ed8f-4622-b2a3-789e73e75cd1",
        "356938035643809",
        "4a:00:04:10:9b:50",
        "std::vec::Vec",
        "12:34:56",
    ] {
        unchanged(text);
    }
}

#[test]
fn keys_lose_their_body() {
    let key = "-----BEGIN RSA PRIVATE KEY-----\nabc\ndef\n-----END RSA PRIVATE KEY-----";
    check(
        key,
        "-----BEGIN RSA PRIVATE KEY-----\n[Filtered]\n-----END RSA PRIVATE KEY-----",
    );
    // SDKs cut long texts.
    check(
        "-----BEGIN EC PRIVATE KEY-----\nabcd+/=",
        "-----BEGIN EC PRIVATE KEY-----\n[Filtered]",
    );
    unchanged("no -----BEGIN EC PRIVATE KEY----- in file!");
}

#[test]
fn remarks_say_what_was_where() {
    let (text, remark) = scrub_text(&defaults(), "foo 4111111111111111 bar");
    assert_eq!(text, json!("foo [Filtered] bar"));
    assert_eq!(remark, json!({"rem": [["@creditcard:filter", "s", 4, 14]], "len": 24}));
    // Offsets are in bytes of the new text, the length in characters of the old.
    let (text, remark) = scrub_text(&defaults(), "éé 127.0.0.1 é 😀 ::1");
    assert_eq!(text, json!("éé [ip] é 😀 [ip]"));
    assert_eq!(
        remark,
        json!({"rem": [["@ip:replace", "s", 5, 9], ["@ip:replace", "s", 18, 22]], "len": 20})
    );
    // What is there already is not remarked upon.
    assert_eq!(
        scrub(&defaults(), &json!({"extra": {"password": "[Filtered]"}})).get("_meta"),
        None
    );
}

#[test]
fn remarks_of_others_keep_their_places() {
    let event = json!({
        "extra": {"x": "[email] 1.2.3.4 é"},
        "_meta": {"extra": {"x": {"": {"rem": [["@email", "s", 0, 7], ["odd", "s", 3, 900], ["r", "x"]], "len": 30}}}},
    });
    let event = scrub(&defaults(), &event);
    assert_eq!(event["extra"]["x"], "[email] [ip] é");
    assert_eq!(
        event["_meta"]["extra"]["x"][""],
        json!({"rem": [["r", "x"], ["@email", "s", 0, 7], ["@ip:replace", "s", 8, 12]], "len": 30})
    );
}

#[test]
fn messages_lose_values_only() {
    let event = scrub(
        &defaults(),
        &json!({"logentry": {
            "formatted": "a me@example.com password 4111111111111111 1.2.3.4",
            "params": ["my password is x", {"token": "x"}, "fine"],
        }}),
    );
    assert_eq!(
        event["logentry"],
        json!({
            "formatted": "a [email] password [creditcard] 1.2.3.4",
            "params": ["[Filtered]", {"token": "[Filtered]"}, "fine"],
        })
    );
}

#[test]
fn some_places_are_left_alone() {
    let secret = "password 4111111111111111 1.2.3.4";
    let event = json!({
        "exception": {"values": [{
            "type": secret, "value": secret,
            "stacktrace": {"frames": [{"function": secret, "filename": secret, "abs_path": secret}]},
        }]},
        "tags": [["t", secret]],
        "transaction": secret,
        "release": secret,
        "request": {"url": secret, "headers": [["User-Agent", secret]]},
        "debug_meta": {"images": [{"type": "elf", "code_file": secret, "debug_id": "ceee0822-ed8f-4622-b2a3-789e73e75cd1"}]},
        "modules": {"password": "1.0"},
    });
    let scrubbed = scrub(&defaults(), &event);
    for (key, value) in event.as_object().unwrap() {
        if key != "debug_meta" {
            assert_eq!(&scrubbed[key], value, "{key}");
        }
    }
    assert_eq!(scrubbed["debug_meta"]["images"][0]["code_file"], secret);
    assert_eq!(scrubbed.get("_meta"), None);
    assert_eq!(
        scrub(&defaults(), &json!({"user": {"email": "a@b.co"}}))["user"],
        json!({"email": "a@b.co"})
    );
}

#[test]
fn requests_are_scrubbed_by_name() {
    let event = scrub(
        &defaults(),
        &json!({"request": {
            "headers": [["Authorization", "Basic x"], ["X-Forwarded-For", "1.2.3.4, 5.6.7.8"], ["X-Api-Key", "k"]],
            "cookies": [["sessionid", "x"], ["foo", "y"], ["CSRF-Token", "z"]],
            "query_string": [["token", "x"], ["a", "b"]],
            "data": {"user": {"password": "x"}, "n": 4_111_111_111_111_111_u64},
            "env": {"REMOTE_ADDR": "1.2.3.4", "SERVER_NAME": "x"},
        }}),
    );
    assert_eq!(
        event["request"],
        json!({
            "data": {"user": {"password": "[Filtered]"}, "n": 4_111_111_111_111_111_u64},
            "query_string": [["token", "[Filtered]"], ["a", "b"]],
            "cookies": [["sessionid", "[Filtered]"], ["foo", "y"], ["CSRF-Token", "[Filtered]"]],
            "headers": [["Authorization", "[Filtered]"], ["X-Forwarded-For", "[ip], [ip]"], ["X-Api-Key", "[Filtered]"]],
            "env": {"REMOTE_ADDR": null, "SERVER_NAME": "x"},
        })
    );
    let meta = &event["_meta"]["request"];
    assert_eq!(
        meta["headers"]["0"]["1"][""]["rem"],
        json!([["@password:filter", "s", 0, 10]])
    );
    assert_eq!(
        meta["env"]["REMOTE_ADDR"][""]["rem"],
        json!([["@ip:replace", "s", 0, 4], ["@anything:remove", "x"]])
    );
}

#[test]
fn what_is_no_text_is_removed_by_its_name() {
    let event = scrub(
        &defaults(),
        &json!({"extra": {"password": {"a": 1}, "my_secret": 5, "passwd": [1], "auth": true, "token": null}}),
    );
    assert_eq!(
        event["extra"],
        json!({"password": null, "my_secret": null, "passwd": null, "auth": true, "token": null})
    );
    assert_eq!(
        event["_meta"]["extra"]["password"][""],
        json!({"rem": [["@password:filter", "x"]]})
    );
}

#[test]
fn addresses_of_users_are_removed() {
    let event = json!({"user": {"id": "1.2.3.4", "ip_address": "1.2.3.4"}, "sdk": {"name": "x", "client_ip": "::1"}});
    let scrubbed = scrub(&defaults(), &event);
    assert_eq!(scrubbed["user"], json!({"id": "[ip]"}));
    assert_eq!(scrubbed["sdk"], json!({"name": "x"}));
    assert_eq!(
        scrubbed["_meta"]["user"]["ip_address"][""]["rem"],
        json!([["@ip:replace", "s", 0, 4], ["@anything:remove", "x"]])
    );
    let kept = scrub(&Settings::default(), &event);
    assert_eq!((&kept["user"], &kept["sdk"]), (&event["user"], &event["sdk"]));
}

#[test]
fn secrets_hide_in_breadcrumbs_variables_and_contexts() {
    let event = scrub(
        &defaults(),
        &json!({
            "breadcrumbs": [{"message": "Bearer abc def", "data": {
                "headers": {"Authorization": "x"}, "cookies": {"sessionid": "x", "theme": "y"},
                "http.request.header.cookie": "sessionid=abc; theme=y",
                "pem": "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----",
            }}],
            "exception": [{"type": "E", "stacktrace": {"frames": [{"vars": {"pw": "'password'", "token": "x", "n": "1"}}]}}],
            "contexts": {
                "mine": {"api_key": "x"},
                "device": {"name": "my secret phone", "device_unique_identifier": "4111111111111111"},
                "response": {"headers": [["Set-Token", "x"]], "cookies": [["csrf", "x"]]},
                "trace": {"trace_id": "0123456789abcdef0123456789abcdef", "span_id": "0123456789abcdef",
                          "data": {"http.request.header.authorization": "x", "gen_ai.usage.input_tokens": 5}},
            },
        }),
    );
    let crumb = &event["breadcrumbs"]["values"][0];
    assert_eq!(crumb["message"], "[Filtered] def");
    assert_eq!(
        crumb["data"],
        json!({
            "headers": {"Authorization": "[Filtered]"},
            "cookies": {"sessionid": "[Filtered]", "theme": "y"},
            "http.request.header.cookie": "sessionid=[Filtered]; theme=y",
            "pem": "-----BEGIN PRIVATE KEY-----\n[Filtered]\n-----END PRIVATE KEY-----",
        })
    );
    assert_eq!(
        event["exception"]["values"][0]["stacktrace"]["frames"][0]["vars"],
        json!({"pw": "[Filtered]", "token": "[Filtered]", "n": "1"})
    );
    let contexts = &event["contexts"];
    assert_eq!(contexts["mine"]["api_key"], "[Filtered]");
    assert_eq!(contexts["device"]["name"], "my secret phone");
    assert_eq!(contexts["device"]["device_unique_identifier"], "[Filtered]");
    assert_eq!(contexts["response"]["headers"], json!([["Set-Token", "[Filtered]"]]));
    assert_eq!(contexts["response"]["cookies"], json!([["csrf", "[Filtered]"]]));
    assert_eq!(
        contexts["trace"]["data"],
        json!({"http.request.header.authorization": "[Filtered]", "gen_ai.usage.input_tokens": 5})
    );
}

#[test]
fn what_was_not_valid_is_secret_all_the_same() {
    let event = scrub(
        &defaults(),
        &json!({"user": {"email": {"password": "hunter2"}}, "extra": "1.2.3.4"}),
    );
    assert_eq!(event["errors"][0]["name"], "user.email");
    assert_eq!(event["errors"][0]["value"], json!({"password": "[Filtered]"}));
    let text = event.to_string();
    assert!(!text.contains("hunter2") && !text.contains("1.2.3.4"), "{text}");
}

#[test]
fn fields_are_sensitive_or_safe_by_name() {
    let settings = Settings {
        sensitive_fields: vec![" Pin ".into(), "x.y".into(), String::new()],
        safe_fields: vec![
            "spinning".into(),
            "extra.o".into(),
            "we ird".into(),
            "a'b".into(),
            String::new(),
        ],
        ..Settings::default()
    };
    let event = scrub(
        &settings,
        &json!({"extra": {
            "pin": "1", "PINCODE": 2, "xxy": "1", "x.y": "1", "a": "my pin is 1", "spinning": "1",
            "o": "password", "p": {"o": "password"}, "we ird": "password", "a'b": "password", "nested": {"pin": [1]},
        }}),
    );
    assert_eq!(
        event["extra"],
        json!({
            "pin": "[Filtered]", "PINCODE": null, "xxy": "1", "x.y": "[Filtered]", "a": "[Filtered]", "spinning": "1",
            "o": "password", "p": {"o": "[Filtered]"}, "we ird": "password", "a'b": "password", "nested": {"pin": null},
        })
    );
    assert_eq!(
        event["_meta"]["extra"]["pin"][""],
        json!({"rem": [["strip-fields", "s", 0, 10]], "len": 1})
    );
}

#[test]
fn switches_are_those_of_either() {
    let event = json!({"extra": {"password": "x", "pin": "x", "ip": "1.2.3.4"}});
    let extra = |settings: Settings| scrub(&settings, &event)["extra"].clone();
    let off = Settings::for_organization();
    let sensitive_fields = vec!["pin".to_owned()];
    assert_eq!(extra(off.clone()), event["extra"]);
    // Without data scrubbing even sensitive fields stay; addresses have a switch of their own.
    let settings = Settings {
        scrub_defaults: true,
        scrub_ip_addresses: true,
        sensitive_fields: sensitive_fields.clone(),
        ..off.clone()
    };
    assert_eq!(extra(settings), json!({"password": "x", "pin": "x", "ip": "[ip]"}));
    let settings = Settings {
        scrub_data: true,
        sensitive_fields,
        ..off.clone()
    };
    assert_eq!(
        extra(settings),
        json!({"password": "x", "pin": "[Filtered]", "ip": "1.2.3.4"})
    );

    let organization = Settings {
        sensitive_fields: vec!["a".into()],
        ..Settings::default()
    };
    let project = Settings {
        scrub_ip_addresses: true,
        sensitive_fields: vec!["b".into()],
        safe_fields: vec!["c".into()],
        ..off
    };
    let merged = Settings::merged(&organization, &project);
    assert!(merged.scrub_data && merged.scrub_defaults && merged.scrub_ip_addresses);
    assert_eq!(
        (merged.sensitive_fields, merged.safe_fields),
        (vec!["a".into(), "b".into()], vec!["c".into()])
    );
}
