use filter::{Browser, Client, Filters, LEGACY_BROWSER_KEYS, user_agent};
use protocol::event::Event;
use serde_json::{Value, json};

use crate::{check, filters};

fn is_filtered(filters: &Filters, family: &str, major: Option<u32>) -> bool {
    let client = Client {
        browser: Some(Browser { family, major }),
        ..Client::default()
    };
    let reason = filters.event(&Event::default(), &client);
    assert!(reason.as_ref().is_none_or(|reason| reason.id() == "legacy-browsers"));
    reason.is_some()
}

#[test]
fn every_key_has_its_family_and_bounds() {
    let table: [(&str, &str, u32, u32); 17] = [
        ("ie", "IE", 0, 11),
        ("edge", "Edge", 0, 109),
        ("safari", "Safari", 0, 14),
        ("firefox", "Firefox", 0, 109),
        ("chrome", "Chrome", 0, 109),
        ("opera", "Opera", 0, 98),
        ("android", "Android", 0, 3),
        ("opera_mini", "Opera Mini", 0, 33),
        ("ie_pre_9", "IE", 0, 8),
        ("ie9", "IE", 9, 9),
        ("ie10", "IE", 10, 10),
        ("ie11", "IE", 11, 11),
        ("opera_pre_15", "Opera", 0, 14),
        ("android_pre_4", "Android", 0, 3),
        ("safari_pre_6", "Safari", 0, 5),
        ("opera_mini_pre_8", "Opera Mini", 0, 7),
        ("edge_pre_79", "Edge", 0, 78),
    ];
    assert_eq!(table.map(|(key, ..)| key), LEGACY_BROWSER_KEYS);
    for (key, family, lowest, highest) in table {
        let filters = filters(json!({"legacy_browsers": [key]}));
        assert!(filters.wants_browser());
        for major in 0..130 {
            let expected = (lowest..=highest).contains(&major);
            assert_eq!(
                is_filtered(&filters, family, Some(major)),
                expected,
                "{key} on {family} {major}"
            );
        }
        assert!(!is_filtered(&filters, family, None), "{key}");
        assert!(!is_filtered(&filters, "Other", Some(lowest)), "{key}");
    }
}

#[test]
fn the_default_set_covers_the_oldest() {
    let filters = filters(json!({"legacy_browsers": true}));
    for (family, first_kept) in [
        ("IE", 10),
        ("Safari", 6),
        ("Opera", 15),
        ("Android", 4),
        ("Opera Mini", 8),
    ] {
        assert!(is_filtered(&filters, family, Some(first_kept - 1)), "{family}");
        assert!(!is_filtered(&filters, family, Some(first_kept)), "{family}");
    }
    for family in ["Chrome", "Firefox", "Edge"] {
        assert!(!is_filtered(&filters, family, Some(1)), "{family}");
    }
    assert!(is_filtered(&filters, "IE Mobile", Some(9)));
}

#[test]
fn internet_explorer_on_phones_counts_as_the_other() {
    let filters = filters(json!({"legacy_browsers": ["ie10", "chrome"]}));
    assert!(is_filtered(&filters, "IE Mobile", Some(10)));
    assert!(!is_filtered(&filters, "IE Mobile", Some(11)));
    assert!(is_filtered(&filters, "Chrome", Some(80)));
}

fn agent(user_agent: &str) -> Value {
    json!({"request": {"headers": [["user-agent", user_agent]]}})
}

#[test]
fn crawlers_by_every_word() {
    let mut cases = Vec::new();
    for name in [
        "Mediapartners-Google",
        "AdsBot-Google",
        "Googlebot",
        "FeedFetcher-Google",
        "BingBot",
        "BingPreview",
        "Baiduspider",
        "Slurp",
        "Sogou",
        "facebook",
        "ia_archiver",
        "Slack",
        "Calypso AppCrawler",
        "pingdom",
        "lyticsbot",
        "AWS Security Scanner",
        "HubSpot Crawler",
        "Bytespider",
        "Better Uptime",
    ] {
        cases.push((agent(name), true));
        cases.push((
            agent(&format!("Mozilla/5.0 (compatible; {}x)", name.to_lowercase())),
            true,
        ));
    }
    for word in ["bot", "bots", "spider", "Twitterbot", "MySpider"] {
        for end in ["/1.0", " 1.0", ")", ";", "\t"] {
            cases.push((agent(&format!("x{word}{end}x")), true));
        }
        for end in ["", "-x", "x", ".", ","] {
            cases.push((agent(&format!("x{word}{end}")), false));
        }
    }
    for (user_agent, filtered) in [
        ("Slackbot 1.0 (+https://api.slack.com/robots)", false),
        ("Slackbot 1.25", false),
        ("Slackbot 2.0", true),
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", true),
        ("Slack-ImgProxy 0.19 (+https://api.slack.com/robots)", true),
        (
            "APIs-Google (+https://developers.google.com/webmasters/APIs-Google.html)",
            false,
        ),
        (
            "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 Chrome/41.0.2228.0 Safari/537.36",
            false,
        ),
        ("robotics/1.0", false),
        ("", false),
    ] {
        cases.push((agent(user_agent), filtered));
    }
    cases.push((json!({}), false));
    check(json!({"web_crawlers": true}), "web-crawlers", &cases);
}

#[test]
fn the_request_has_a_say_before_the_sender() {
    let filters = filters(json!({"web_crawlers": true}));
    for (event, sender, filtered) in [
        (agent("Firefox"), "Googlebot", false),
        (agent("Googlebot"), "sentry.python/2.0", true),
        (json!({}), "Googlebot", true),
        (json!({}), "sentry.python/2.0", false),
    ] {
        let event = Event::from_json(event).unwrap();
        let client = Client {
            user_agent: Some(sender),
            ..Client::default()
        };
        assert_eq!(filters.event(&event, &client).is_some(), filtered, "{sender}");
    }
    let event = Event::from_json(agent("Firefox")).unwrap();
    assert_eq!(user_agent(&event, Some("curl")), Some("Firefox"));
    assert_eq!(user_agent(&Event::default(), Some("curl")), Some("curl"));
}
