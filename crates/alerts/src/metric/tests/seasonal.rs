use crate::metric::{
    Direction, Sensitivity,
    seasonal::{Band, band},
};

/// Hours of so many days; what each has is up to day of the week and hour.
fn hours(days: usize, value: impl Fn(usize, usize) -> f64) -> Vec<Option<f64>> {
    (0..days * 24)
        .map(|hour| {
            // A little noise that repeats after no whole number of days.
            let noise = f64::from(u32::try_from(hour % 7).unwrap()) - 3.0;
            Some(value(hour / 24 % 7, hour % 24) + noise)
        })
        .collect()
}

fn medium(history: &[Option<f64>]) -> Option<Band> {
    band(history, 24, Sensitivity::Medium)
}

#[test]
fn less_than_a_week_is_no_history() {
    let day = |days| hours(days, |_, _| 100.0);
    assert_eq!(medium(&day(6)), None);
    assert!(medium(&day(7)).is_some());
    let mut unseen: Vec<Option<f64>> = vec![None; 10 * 24];
    assert_eq!(medium(&unseen), None);
    unseen.extend(day(6));
    assert_eq!(medium(&unseen), None);
    assert_eq!(medium(&[]), None);
}

#[test]
fn the_time_of_the_day_is_usual() {
    // Busy from 8 to 17.
    let history = hours(14, |_, hour| if (8..18).contains(&hour) { 1_000.0 } else { 50.0 });
    let night = medium(&history).unwrap();
    assert!(night.low < 50.0 && night.high > 50.0 && night.high < 200.0, "{night:?}");
    let noon = medium(&history[..13 * 24 + 12]).unwrap();
    assert!(noon.low > 500.0 && noon.high > 1_000.0, "{noon:?}");
    assert!(night.excess(Direction::Above, 1_000.0) > 0.0 && noon.excess(Direction::Above, 1_000.0) < 0.0);
    assert!(noon.excess(Direction::Below, 50.0) < 0.0 && night.excess(Direction::Below, 50.0) > 0.0);
    assert!(noon.excess(Direction::Outside, 50.0) > 0.0 && night.excess(Direction::Outside, 1_000.0) > 0.0);
    assert!(noon.excess(Direction::Outside, 1_000.0) <= 0.0);
}

#[test]
fn the_day_of_the_week_is_usual_where_days_differ() {
    // Nothing to speak of on two days of seven; the slot after 28 days is the first of those that are busy.
    let history = hours(28, |day, _| if day < 5 { 1_000.0 } else { 40.0 });
    let weekday = medium(&history).unwrap();
    assert!(weekday.low > 500.0, "{weekday:?}");
    let weekend = medium(&history[..26 * 24 + 12]).unwrap();
    assert!(weekend.high < 500.0 && weekend.low < 40.0, "{weekend:?}");
}

#[test]
fn a_few_wild_values_do_not_widen_it_and_sensitivity_narrows_it() {
    let mut history = hours(21, |_, _| 100.0);
    let calm = medium(&history).unwrap();
    for at in [24, 100, 241] {
        history[at] = Some(1e9);
    }
    let wild = medium(&history).unwrap();
    assert!((wild.high - calm.high).abs() < 20.0, "{calm:?} {wild:?}");
    let of = |sensitivity| {
        let band = band(&history, 24, sensitivity).unwrap();
        band.high - band.low
    };
    assert!(of(Sensitivity::High) < of(Sensitivity::Medium) && of(Sensitivity::Medium) < of(Sensitivity::Low));
    // Where nothing ever was, one event is not yet unusual enough to be beyond everything.
    let quiet = band(&vec![Some(0.0); 28 * 24], 24, Sensitivity::Low).unwrap();
    assert!(quiet.distance(5.0).is_finite() && quiet.distance(5.0) > 1.0);
}
