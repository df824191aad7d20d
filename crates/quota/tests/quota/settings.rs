use model::{DataCategory, ProjectKeyId};
use quota::{KeyRateLimit, Quota, Scope, Settings};
use serde_json::json;

#[test]
fn settings_become_quotas() {
    let settings: Settings = serde_json::from_value(json!({"limits": [
        {"categories": ["error", "error"], "limit": 100, "window": 60},
        {"categories": ["log_byte", "attachment"], "limit": 0},
        {"categories": [], "limit": 5, "window": 10},
        {"categories": ["span"], "limit": null, "window": 10},
    ]}))
    .unwrap();
    let quotas = settings.quotas(Scope::Project, 7).unwrap();
    let expected = json!([
        {"id": "error:60", "categories": ["error"], "scope": "project", "scopeId": "7", "limit": 100, "window": 60,
         "reasonCode": "project_quota"},
        {"id": "attachment+log_byte:3600", "categories": ["attachment", "log_byte"], "scope": "project",
         "scopeId": "7", "limit": 0, "window": 3600, "reasonCode": "project_quota"},
        {"id": ":10", "categories": [], "scope": "project", "scopeId": "7", "limit": 5, "window": 10,
         "reasonCode": "project_quota"},
    ]);
    assert_eq!(serde_json::to_value(&quotas).unwrap(), expected);
    assert_eq!(serde_json::from_value::<Vec<Quota>>(expected).unwrap(), quotas);
    assert_eq!(Settings::default().quotas(Scope::Organization, 1), Ok(Vec::new()));
    assert_eq!(
        serde_json::from_value::<Settings>(json!({})).unwrap(),
        Settings::default()
    );
}

#[test]
fn quotas_are_read_as_relay_writes_them() {
    let quota: Quota = serde_json::from_value(json!({
        "id": "q", "categories": ["user_report_v2", "flying", "error"], "scope": "organization", "scopeId": "42",
        "limit": 4, "window": 5, "namespace": "custom", "reasonCode": "why",
    }))
    .unwrap();
    assert_eq!(quota.categories, [DataCategory::Error, DataCategory::Feedback]);
    assert_eq!((quota.scope_id, quota.namespace.as_deref()), (Some(42), Some("custom")));
    let unknown: Quota = serde_json::from_value(json!({"categories": ["flying"], "scope": "key"})).unwrap();
    assert_eq!(unknown.categories, [DataCategory::Unknown]);
    let all: Quota = serde_json::from_value(json!({"categories": null, "scope": "global"})).unwrap();
    assert_eq!((all.categories.len(), all.limit, all.window), (0, None, None));
}

#[test]
fn errors_name_the_field() {
    let settings: Settings = serde_json::from_value(json!({
        "limits": [
            {"categories": ["error", "flying", "unknown"], "limit": 1, "window": 60},
            {"categories": ["error"], "limit": 1, "window": 0},
            {"categories": ["error"], "limit": 1, "window": 9_999_999},
        ],
        "spike_protection": {"enabled": true, "minimum": 0},
    }))
    .unwrap();
    let errors = settings.quotas(Scope::Project, 7).unwrap_err();
    let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
    for (text, expected) in texts.iter().zip([
        "limits[0].categories: `flying` is no data category",
        "limits[0].categories: `unknown` is no data category",
        "limits[1].window: a window has between 1 and",
        "limits[2].window: a window has between 1 and",
        "spike_protection.minimum: the minimum is at least 1",
    ]) {
        assert!(text.starts_with(expected), "{text}");
    }
    assert_eq!(texts.len(), 5);
}

#[test]
fn the_rate_limit_of_a_key_caps_errors() {
    let quota = |count, window| KeyRateLimit { count, window }.quota(ProjectKeyId(3));
    let capped = quota(Some(1000), Some(7200)).unwrap().unwrap();
    assert_eq!(
        capped.categories,
        [DataCategory::Default, DataCategory::Error, DataCategory::Security]
    );
    assert_eq!(
        (capped.limit, capped.window, capped.scope_id),
        (Some(1000), Some(7200), Some(3))
    );
    assert_eq!(
        (capped.scope, capped.reason_code.as_deref()),
        (Scope::Key, Some("key_quota"))
    );
    for (count, window) in [
        (None, None),
        (Some(5), None),
        (None, Some(5)),
        (Some(0), Some(5)),
        (Some(5), Some(0)),
    ] {
        assert_eq!(quota(count, window), Ok(None));
    }
    assert_eq!(quota(Some(1), Some(86_400)).map(|quota| quota.is_some()), Ok(true));
    let error = quota(Some(1), Some(86_401)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "rateLimit.window: a window has at most 86400 seconds"
    );
}
