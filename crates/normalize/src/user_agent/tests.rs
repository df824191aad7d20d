use serde_json::{Map, Value, json};

use super::{Product, parse};
use crate::tests::read;

const MAC: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36";

fn contexts(platform: &str, headers: Value, contexts: Value) -> Map<String, Value> {
    let mut event = read(json!({"platform": platform, "request": {"headers": headers}, "contexts": contexts}));
    super::normalize(&mut event);
    event.contexts
}

#[track_caller]
fn check(agent: &str, expected: Value) {
    let found = contexts("javascript", json!({"User-Agent": agent}), json!({}));
    let mut told = json!({});
    for (name, context) in &found {
        assert_eq!(context["type"], json!(name));
        let keys: &[&str] = if name == "device" {
            &["family", "model", "brand"]
        } else {
            &[name]
        };
        told[name] = keys.iter().map(|key| context[*key].clone()).collect();
    }
    assert_eq!(told, expected, "{agent}");
}

#[test]
fn user_agents() {
    check(
        MAC,
        json!({"browser": ["Chrome 120.0.0"], "device": ["Mac", "Mac", "Apple"], "os": ["Mac OS X >=10.15.7"]}),
    );
    check(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edg/120.0.2210.91",
        json!({"browser": ["Edge 120.0.2210"], "os": ["Windows >=10"]}),
    );
    check(
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1",
        json!({"browser": ["Mobile Safari 17.1"], "device": ["iPhone", "iPhone", "Apple"], "os": ["iOS 17.1"]}),
    );
    check(
        "Mozilla/5.0 (Linux; Android 10; SM-G998B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/16.0 Chrome/92.0.4515.166 Mobile Safari/537.36",
        json!({"browser": ["Samsung Internet 16.0"], "device": ["Samsung SM-G998B", "SM-G998B", "Samsung"], "os": ["Android 10"]}),
    );
    check(
        "Mozilla/5.0 (Windows NT 6.1; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/80.0.0.0 Safari/537.36",
        json!({"browser": ["Chrome 80.0.0"], "os": ["Windows 7"]}),
    );
    check(
        "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/119.0",
        json!({"browser": ["Firefox 119.0"], "os": ["Ubuntu"]}),
    );
    check(
        "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
        json!({"browser": ["IE 11.0"], "os": ["Windows >=10"]}),
    );
    check("curl/8.0", json!({"browser": ["curl 8.0"]}));
    check("python-requests/2.31.0", json!({"browser": ["Python Requests 2.31"]}));
    check(
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        json!({"browser": ["Googlebot 2.1"], "device": ["Spider", "Desktop", "Spider"]}),
    );
    check("Dart/2.10 (dart:io)", json!({}));
    check("", json!({}));
    check(&"é".repeat(100_000), json!({}));
}

#[test]
fn the_system_is_that_of_who_asked() {
    let found = contexts("python", json!({"User-Agent": MAC}), json!({}));
    assert_eq!(found.keys().collect::<Vec<_>>(), ["browser", "device", "client_os"]);
    assert_eq!(
        found["client_os"],
        json!({"os": "Mac OS X >=10.15.7", "name": "Mac OS X", "version": ">=10.15.7", "type": "os"})
    );
}

#[test]
fn what_the_sdk_says_stands() {
    let own = json!({"browser": {"name": "X"}, "os": {"name": "Y"}, "device": {"model": "m"}});
    let found = contexts("javascript", json!({"User-Agent": MAC}), own.clone());
    assert_eq!(Value::Object(found), own);
}

#[test]
fn hints_say_more() {
    let chrome = r#""Google Chrome";v="120", "Chromium";v="120", "Not?A_Brand";v="24""#;
    let headers = json!({
        "User-Agent": MAC, "Sec-CH-UA": chrome, "Sec-CH-UA-Platform": "\"macOS\"",
        "Sec-CH-UA-Platform-Version": "\"13.2.0\"", "Sec-CH-UA-Model": "\"\"",
    });
    let found = contexts("javascript", headers, json!({}));
    assert_eq!(found["browser"]["browser"], "Chrome 120");
    assert_eq!(found["os"]["os"], "macOS 13.2.0");
    assert_eq!(found["device"]["model"], "Mac");

    let browser = |brands: &str| {
        let found = contexts("javascript", json!({"sec-ch-ua": brands}), json!({}));
        found.get("browser").map(|browser| browser["browser"].clone())
    };
    assert_eq!(browser(r#""Not_A Brand";v="99", "Chromium";v="109""#), None);
    assert_eq!(
        browser(r#""Not_A Brand";v="99", "Microsoft Edge";v="120.0.1", "Chromium";v="120""#),
        Some(json!("Microsoft Edge 120.0.1"))
    );
    assert_eq!(browser("garbage"), None);

    let phone = json!({"Sec-CH-UA-Model": "\"Pixel 7\"", "Sec-CH-UA-Platform": "\"Android\""});
    let found = contexts("javascript", phone, json!({}));
    assert_eq!(found["device"], json!({"model": "Pixel 7", "type": "device"}));
    assert_eq!(found["os"], json!({"os": "Android", "name": "Android", "type": "os"}));
}

#[test]
fn versions_have_numbers() {
    let parsed = parse("Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0)");
    let browser = parsed.browser.as_ref().unwrap();
    assert_eq!(
        (browser.family.as_str(), browser.major(), browser.minor()),
        ("IE", Some(9), Some(0))
    );
    let none = Product::default();
    assert_eq!((none.major(), none.minor()), (None, None));
}
