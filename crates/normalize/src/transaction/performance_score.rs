//! One number for how a page felt: each web vital is rated against a log-normal distribution that is fixed by the value
//! of the best tenth and the median (`ingest.md` §7.4).

use protocol::event::{Event, Measurement, Measurements};
use serde_json::Value;

struct Component {
    vital: &'static str,
    weight: f64,
    /// What one page in ten stays below, and what half of them do.
    p10: f64,
    p50: f64,
}

const fn component(vital: &'static str, weight: f64, p10: f64, p50: f64) -> Component {
    Component {
        vital,
        weight,
        p10,
        p50,
    }
}

/// The browsers that measure these vitals.
const BROWSERS: [&str; 13] = [
    "Chrome",
    "Chrome Mobile",
    "Chrome Mobile WebView",
    "Chrome Mobile iOS",
    "Edge",
    "Edge Mobile",
    "Firefox",
    "Firefox Mobile",
    "Firefox iOS",
    "Mobile Safari",
    "Opera",
    "Opera Mobile",
    "Safari",
];
const PAGE_LOAD: [Component; 4] = [
    component("fcp", 0.15, 900.0, 1_600.0),
    component("lcp", 0.30, 1_200.0, 2_400.0),
    component("cls", 0.15, 0.1, 0.25),
    component("ttfb", 0.10, 200.0, 400.0),
];
const INTERACTION: [Component; 1] = [component("inp", 1.0, 200.0, 500.0)];

pub(super) fn normalize(event: &mut Event) {
    let browser = event.contexts.get("browser").and_then(|browser| browser.get("name"));
    rate(&mut event.measurements, browser.and_then(Value::as_str));
}

/// Adds the scores of the vitals that were measured.
pub(crate) fn rate(measurements: &mut Measurements, browser: Option<&str>) {
    if !browser.is_some_and(|browser| BROWSERS.contains(&browser)) {
        return;
    }
    let was_measured = |component: &Component| measurements.value(component.vital).is_some();
    let profile: &[Component] = if PAGE_LOAD.iter().any(was_measured) {
        &PAGE_LOAD
    } else if INTERACTION.iter().any(was_measured) {
        &INTERACTION
    } else {
        return;
    };
    let present: f64 = profile
        .iter()
        .filter(|component| was_measured(component))
        .map(|component| component.weight)
        .sum();
    let mut total = 0.0;
    for Component {
        vital,
        weight,
        p10,
        p50,
    } in profile
    {
        let mut normalized = 0.0;
        if let Some(value) = measurements.value(vital) {
            normalized = weight / present;
            let ratio = ratio(value.max(0.0), *p10, *p50);
            total += ratio * normalized;
            set(measurements, &format!("score.ratio.{vital}"), ratio);
            set(measurements, &format!("score.{vital}"), ratio * normalized);
        }
        set(measurements, &format!("score.weight.{vital}"), normalized);
    }
    set(measurements, "score.total", total);
}

/// Whether a measurement is one that is computed here.
pub(super) fn is_score(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("score.") else {
        return false;
    };
    let vital = rest
        .strip_prefix("ratio.")
        .or_else(|| rest.strip_prefix("weight."))
        .unwrap_or(rest);
    rest == "total"
        || PAGE_LOAD
            .iter()
            .chain(&INTERACTION)
            .any(|component| component.vital == vital)
}

fn set(measurements: &mut Measurements, name: &str, value: f64) {
    measurements.set(name, Measurement::new(value, "ratio"));
}

/// The share of pages that are slower than this one.
fn ratio(value: f64, p10: f64, p50: f64) -> f64 {
    // The tenth quantile of the normal distribution lies so many deviations below its middle.
    const TENTH: f64 = 1.281_551_565_544_600_4;
    let deviation = (p50 / p10).ln() / TENTH;
    let distance = (value.ln() - p50.ln()) / deviation;
    (1.0 - erf(distance / std::f64::consts::SQRT_2)) / 2.0
}

/// The error function, by its series near zero and the continued fraction of its complement further out.
fn erf(x: f64) -> f64 {
    let size = x.abs();
    let value = if size > 6.0 {
        1.0
    } else if size < 2.5 {
        let (mut term, mut sum, mut n) = (size, size, 0.0);
        while term.abs() > 1e-17 {
            n += 1.0;
            term *= -size * size / n;
            sum += term / (2.0 * n + 1.0);
        }
        sum * std::f64::consts::FRAC_2_SQRT_PI
    } else {
        let fraction = (1..=60).rev().fold(size, |below, n| size + f64::from(n) / 2.0 / below);
        1.0 - (-size * size).exp() / (fraction * std::f64::consts::PI.sqrt())
    };
    value.copysign(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_function() {
        for (x, expected) in [
            (0.0, 0.0),
            (0.5, 0.520_499_877_813_046_5),
            (1.0, 0.842_700_792_949_714_9),
            (2.0, 0.995_322_265_018_952_7),
            (2.4, 0.999_311_486_103_354_9),
            (2.6, 0.999_763_965_583_470_7),
            (4.0, 0.999_999_984_582_742_1),
            (f64::INFINITY, 1.0),
        ] {
            assert!((erf(x) - expected).abs() < 1e-12, "{x}: {}", erf(x));
            assert!((erf(-x) + expected).abs() < 1e-12, "-{x}");
        }
    }

    #[test]
    fn the_quantiles_are_where_they_were_put() {
        for component in PAGE_LOAD.iter().chain(&INTERACTION) {
            let Component { vital, p10, p50, .. } = component;
            assert!((ratio(*p10, *p10, *p50) - 0.9).abs() < 1e-9, "{vital}");
            assert!((ratio(*p50, *p10, *p50) - 0.5).abs() < 1e-9, "{vital}");
            assert!((ratio(0.0, *p10, *p50) - 1.0).abs() < 1e-9, "{vital}");
            assert!(ratio(f64::MAX, *p10, *p50).abs() < 1e-9, "{vital}");
        }
    }

    #[test]
    fn a_fast_page_with_one_vital() {
        let mut measurements = Measurements::default();
        measurements.set("lcp", Measurement::new(548.0, "millisecond"));
        rate(&mut measurements, Some("Chrome"));
        for name in ["score.ratio.lcp", "score.lcp", "score.total"] {
            assert!((measurements.value(name).unwrap() - 0.996_84).abs() < 1e-5, "{name}");
        }
        assert_eq!(measurements.value("score.weight.lcp"), Some(1.0));
        for absent in ["fcp", "cls", "ttfb"] {
            assert_eq!(measurements.value(&format!("score.weight.{absent}")), Some(0.0));
            assert_eq!(measurements.value(&format!("score.{absent}")), None);
        }
        assert!(measurements.iter().all(|(name, _)| name == "lcp" || is_score(name)));
    }

    #[test]
    fn weights_add_up_to_one() {
        let mut measurements = Measurements::default();
        for (vital, value) in [("fcp", 900.0), ("lcp", 2_400.0), ("cls", 0.0), ("inp", 1.0)] {
            measurements.set(vital, Measurement::new(value, "none"));
        }
        rate(&mut measurements, Some("Firefox"));
        let weight = |vital: &str| measurements.value(&format!("score.weight.{vital}")).unwrap();
        assert!((weight("fcp") + weight("lcp") + weight("cls") - 1.0).abs() < 1e-12);
        let expected = (0.15 * 0.9 + 0.30 * 0.5 + 0.15) / 0.6;
        assert!((measurements.value("score.total").unwrap() - expected).abs() < 1e-9);
        assert_eq!(measurements.value("score.inp"), None);
    }

    #[test]
    fn interactions_are_rated_alone_and_unknown_browsers_not_at_all() {
        let mut measurements = Measurements::default();
        measurements.set("inp", Measurement::new(500.0, "millisecond"));
        let before = measurements.clone();
        for browser in [None, Some("curl"), Some("chrome")] {
            rate(&mut measurements, browser);
            assert_eq!(measurements, before, "{browser:?}");
        }
        rate(&mut measurements, Some("Safari"));
        assert!((measurements.value("score.total").unwrap() - 0.5).abs() < 1e-9);
        assert_eq!(measurements.value("score.weight.inp"), Some(1.0));
    }
}
