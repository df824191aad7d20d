use std::time::Duration;

use model::Timestamp;
use serde_json::json;

use super::rule;
use crate::metric::{
    Level,
    chart::{Chart, Line, Span, svg},
    sentence, threshold_text,
};

fn chart(points: Vec<Option<f64>>) -> Chart {
    Chart {
        title: "Many <errors> & \"more\"".to_owned(),
        start: Timestamp::from_seconds(1_800_000_000),
        width: Duration::from_secs(300),
        points,
        lines: vec![
            Line {
                level: Some(Level::Critical),
                at: 100.0,
            },
            Line { level: None, at: 50.0 },
        ],
        incidents: vec![Span {
            level: Level::Critical,
            start: Timestamp::from_seconds(1_800_000_300),
            end: None,
        }],
        ..Chart::default()
    }
}

#[test]
fn a_chart_is_well_formed_and_reads_exact_values() {
    let svg = svg(&chart(vec![Some(1.0), Some(120.5), None, Some(3.0)]));
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"), "{svg}");
    assert!(svg.contains("Many &lt;errors&gt; &amp; &quot;more&quot;"), "{svg}");
    assert!(svg.contains(": 120.5</title>"), "{svg}");
    assert!(svg.contains("critical 100") && svg.contains("resolve 50"), "{svg}");
    // A gap is not bridged: the last point stands alone.
    assert_eq!(
        (svg.matches("alert-line").count(), svg.matches("<circle").count()),
        (1, 1)
    );
    assert_eq!(svg.matches("alert-span critical").count(), 1);
    assert!(!svg.contains("style=") && !svg.contains("NaN") && !svg.contains("inf"));
}

#[test]
fn anything_can_be_drawn() {
    for points in [
        Vec::new(),
        vec![None, None],
        vec![Some(0.0)],
        vec![Some(f64::NAN), Some(f64::INFINITY), Some(-5.0)],
        vec![Some(1e300), Some(f64::MAX)],
        vec![Some(1e-12)],
    ] {
        let svg = svg(&chart(points.clone()));
        assert!(svg.ends_with("</svg>") && !svg.contains("NaN"), "{points:?} {svg}");
        assert!(svg.len() < 20_000, "{points:?}");
    }
}

#[test]
fn values_and_thresholds_are_said_in_words() {
    let plain = rule(json!({"timeWindow": 5}));
    assert_eq!(sentence(&plain, 64.0), "64 events in the last 5 minutes");
    assert_eq!(
        threshold_text(&plain, Level::Critical),
        "critical: more than 100 events in 5 minutes"
    );
    let users = rule(json!({"aggregate": "count_unique(user)", "timeWindow": 60}));
    assert_eq!(sentence(&users, 3.0), "3 users affected in the last 1 hour");
    let percent = rule(json!({"comparisonDelta": 1440}));
    assert_eq!(
        sentence(&percent, 250.0),
        "events 150% higher in the last 1 hour than 1 day before"
    );
    assert_eq!(
        sentence(&percent, 40.0),
        "events 60% lower in the last 1 hour than 1 day before"
    );
    let crash = rule(
        json!({"dataset": "metrics", "thresholdType": 1, "resolveThreshold": null,
        "aggregate": "percentage(sessions_crashed, sessions)", "triggers": [{"label": "critical", "alertThreshold": 99.5}]}),
    );
    assert_eq!(
        sentence(&crash, 98.25),
        "98.25% sessions crash free rate in the last 1 hour"
    );
    assert_eq!(
        threshold_text(&crash, Level::Critical),
        "critical: less than 99.5% sessions crash free rate in 1 hour"
    );
}
