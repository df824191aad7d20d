use filter::{Active, ChangeError, FilterChange, Settings};
use serde_json::{Value, json};

fn switch(active: bool) -> FilterChange {
    FilterChange {
        active: Some(active),
        ..FilterChange::default()
    }
}

fn browsers(keys: &[&str]) -> FilterChange {
    FilterChange {
        subfilters: Some(keys.iter().map(|key| (*key).to_owned()).collect()),
        ..FilterChange::default()
    }
}

#[test]
fn filters_are_listed_as_sentry_lists_them() {
    let views = serde_json::to_value(Settings::default().filters()).unwrap();
    let listed: Vec<(&Value, &Value)> = views
        .as_array()
        .unwrap()
        .iter()
        .map(|view| (&view["id"], &view["active"]))
        .collect();
    let expected = [
        (&json!("browser-extensions"), &json!(false)),
        (&json!("filtered-transaction"), &json!(true)),
        (&json!("legacy-browsers"), &json!(false)),
        (&json!("localhost"), &json!(false)),
        (&json!("web-crawlers"), &json!(false)),
    ];
    assert_eq!(listed, expected);
}

#[test]
fn every_filter_can_be_switched() {
    let mut settings = Settings::default();
    for id in [
        "browser-extensions",
        "filtered-transaction",
        "legacy-browsers",
        "localhost",
        "web-crawlers",
    ] {
        for active in [true, false] {
            let before = settings.filters();
            settings.set_filter(id, &switch(active)).unwrap();
            for (was, is) in before.iter().zip(settings.filters()) {
                if is.id == id {
                    assert_eq!(is.active, Active::Switch(active), "{id}");
                } else {
                    assert_eq!(*was, is, "{id}");
                }
            }
        }
    }
    assert_eq!(settings.set_filter("cors", &switch(true)), Err(ChangeError::Unknown));
    let before = settings.clone();
    let error = settings.set_filter("localhost", &FilterChange::default()).unwrap_err();
    assert_eq!(error.to_string(), "localhost: `active` is missing: send true or false");
    assert_eq!(settings, before);
}

#[test]
fn legacy_browsers_are_a_list() {
    let mut settings = Settings::default();
    let active = |settings: &Settings| {
        let views = settings.filters();
        serde_json::to_value(&views.iter().find(|view| view.id == "legacy-browsers").unwrap().active).unwrap()
    };
    settings
        .set_filter("legacy-browsers", &browsers(&["safari", "ie", "safari"]))
        .unwrap();
    assert_eq!(active(&settings), json!(["ie", "safari"]));
    let error = settings
        .set_filter("legacy-browsers", &browsers(&["ie", "mosaic"]))
        .unwrap_err();
    assert!(error.to_string().contains("`mosaic` names no browsers"), "{error}");
    assert_eq!(active(&settings), json!(["ie", "safari"]));
    settings.set_filter("legacy-browser", &switch(true)).unwrap();
    assert_eq!(active(&settings), json!(true));
    settings.set_filter("legacy-browsers", &browsers(&[])).unwrap();
    assert_eq!(active(&settings), json!(false));
    assert!(
        settings
            .set_filter("legacy-browsers", &FilterChange::default())
            .is_err()
    );
}

#[test]
fn options_hold_texts_of_lines() {
    let mut settings = Settings::default();
    for name in [
        "filters:blacklisted_ips",
        "filters:error_messages",
        "filters:log_messages",
        "filters:releases",
        "filters:trace_metric_names",
        "sentry:csp_ignored_sources",
    ] {
        assert_eq!(settings.options()[name], "", "{name}");
        settings.set_option(name, &json!("10.0.0.1\r\n\n 10.0.0.2 \n")).unwrap();
        assert_eq!(settings.options()[name], "10.0.0.1\n10.0.0.2", "{name}");
        settings.set_option(name, &json!(["10.0.0.3"])).unwrap();
        assert_eq!(settings.options()[name], "10.0.0.3", "{name}");
        assert!(settings.set_option(name, &json!(7)).is_err(), "{name}");
        settings.set_option(name, &Value::Null).unwrap();
    }
    for name in [
        "filters:chunk-load-error",
        "filters:react-hydration-errors",
        "sentry:csp_ignored_sources_defaults",
    ] {
        assert_eq!(settings.options()[name], true, "{name}");
        settings.set_option(name, &json!(false)).unwrap();
        assert_eq!(settings.options()[name], false, "{name}");
        settings.set_option(name, &json!("1")).unwrap();
        assert_eq!(settings.options()[name], true, "{name}");
        assert!(settings.set_option(name, &json!("yes")).is_err(), "{name}");
    }
    assert_eq!(settings, Settings::default());
    assert_eq!(
        settings.set_option("filters:other", &json!(true)),
        Err(ChangeError::Unknown)
    );
}

#[test]
fn errors_name_the_line_that_was_sent() {
    let mut settings = Settings::default();
    settings.set_option("filters:releases", &json!("1.*")).unwrap();
    let Err(ChangeError::Invalid(errors)) = settings.set_option("filters:releases", &json!("1.*\n\n  2.{a,b\nc}"))
    else {
        panic!("two lines are wrong");
    };
    let places: Vec<_> = errors
        .iter()
        .map(|error| (error.field.as_str(), error.line, error.column))
        .collect();
    let expected = [
        ("filters:releases", Some(3), Some(3)),
        ("filters:releases", Some(4), Some(2)),
    ];
    assert_eq!(places, expected);
    assert_eq!(settings.options()["filters:releases"], "1.*");
}
