//! Charts drawn on the server as SVG: bars over time, always with the same numbers at hand as text.

use std::{fmt, time::Duration};

use askama::filters::HtmlSafe;
use model::Timestamp;

use crate::{number, time::Absolute};

/// How many events fell into one stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bucket {
    pub(crate) at: Timestamp,
    pub(crate) count: u64,
}

/// Bars without axes, for a row of a list. The numbers are in the label.
#[derive(Debug, Clone)]
pub(crate) struct Sparkline {
    pub(crate) counts: Vec<u64>,
    /// What stretch of time it shows: `24 hours`.
    pub(crate) over: &'static str,
}

const SPARK_HEIGHT: u64 = 24;

impl fmt::Display for Sparkline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let peak = self.counts.iter().copied().max().unwrap_or(0);
        let sum = self.counts.iter().fold(0_u64, |sum, count| sum.saturating_add(*count));
        let (sum, over, most) = (number::of(sum, "event"), self.over, number::grouped(peak));
        write!(
            f,
            r#"<svg class="spark" viewBox="0 0 {width} {SPARK_HEIGHT}" preserveAspectRatio="none" role="img" aria-label="{sum} in {over}, at most {most} in one bar"><path class="spark-base" d="M0 {SPARK_HEIGHT}H{width}"/><path d=""#,
            width = self.counts.len().max(1) * 4,
        )?;
        for (index, count) in self.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            write!(
                f,
                "M{} {SPARK_HEIGHT}v-{}",
                index * 4 + 2,
                height(*count, peak, SPARK_HEIGHT)
            )?;
        }
        f.write_str(r#""/></svg>"#)
    }
}

impl HtmlSafe for Sparkline {}

/// The height of a bar; what is there is at least two high, so that one event among thousands is seen.
fn height(count: u64, peak: u64, full: u64) -> u64 {
    if count == 0 || peak == 0 {
        return 0;
    }
    let height = u128::from(count) * u128::from(full) / u128::from(peak);
    u64::try_from(height).unwrap_or(full).max(2)
}

/// A bar chart over time with its axes.
#[derive(Debug, Clone)]
pub(crate) struct TimeChart {
    pub(crate) buckets: Vec<Bucket>,
    pub(crate) width: Duration,
}

const CHART_HEIGHT: u64 = 100;

/// One bar as the template draws it, in a picture that is 100 high and 10 wide for each bucket.
#[derive(Debug)]
pub(crate) struct Bar {
    pub(crate) x: usize,
    pub(crate) y: u64,
    pub(crate) height: u64,
    /// When the bucket begins, for the table and the hover text.
    pub(crate) at: Absolute,
    pub(crate) events: String,
}

/// The widths that a bucket may have, in seconds.
const WIDTHS: [u64; 10] = [
    60,
    300,
    900,
    3_600,
    3 * 3_600,
    6 * 3_600,
    12 * 3_600,
    86_400,
    7 * 86_400,
    30 * 86_400,
];
const MAX_BUCKETS: u64 = 60;

/// Buckets for a stretch of time: where the first begins, how wide each is, and how many there are.
pub(crate) fn buckets(since: Timestamp, until: Timestamp) -> (Timestamp, Duration, usize) {
    buckets_of(WIDTHS[0], since, until)
}

/// The same of whole hours, for what is counted by the hour.
pub(crate) fn hours(since: Timestamp, until: Timestamp) -> (Timestamp, Duration, usize) {
    buckets_of(3_600, since, until)
}

fn buckets_of(smallest: u64, since: Timestamp, until: Timestamp) -> (Timestamp, Duration, usize) {
    let stretch = until.since(since).as_secs();
    let fits = |width: &&u64| **width >= smallest && stretch / **width < MAX_BUCKETS;
    let width = WIDTHS.iter().find(fits).copied();
    let width = width.unwrap_or((stretch / MAX_BUCKETS + 1).next_multiple_of(smallest));
    let width = Duration::from_secs(width);
    // The last bucket holds the end, so the first may begin a little after the start, and is whole.
    let (first, last) = (since.truncate(width), until.truncate(width));
    let slots = last.since(first).as_secs() / width.as_secs() + 1;
    let slots = usize::try_from(slots.min(MAX_BUCKETS)).unwrap_or(1);
    (last - width * u32::try_from(slots - 1).unwrap_or(0), width, slots)
}

impl TimeChart {
    pub(crate) fn new(start: Timestamp, width: Duration, counts: impl Iterator<Item = u64>) -> Self {
        let bucket = |(number, count): (u32, u64)| Bucket {
            at: start + width * number,
            count,
        };
        Self {
            buckets: (0..).zip(counts).map(bucket).collect(),
            width,
        }
    }

    pub(crate) fn bars(&self) -> Vec<Bar> {
        let peak = self.peak();
        let bar = |(index, bucket): (usize, &Bucket)| {
            let height = height(bucket.count, peak, CHART_HEIGHT);
            let (x, y) = (index * 10, CHART_HEIGHT - height);
            Bar {
                x,
                y,
                height,
                at: Absolute(bucket.at),
                events: number::of(bucket.count, "event"),
            }
        };
        self.buckets.iter().enumerate().map(bar).collect()
    }

    pub(crate) fn picture_width(&self) -> usize {
        self.buckets.len().max(1) * 10
    }

    fn peak(&self) -> u64 {
        self.buckets.iter().map(|bucket| bucket.count).max().unwrap_or(0)
    }

    /// `peak 90 events/h`: the scale of the vertical axis.
    pub(crate) fn scale(&self) -> String {
        format!(
            "peak {} per {}",
            number::of(self.peak(), "event"),
            width_in_words(self.width)
        )
    }

    pub(crate) fn total(&self) -> u64 {
        self.buckets
            .iter()
            .fold(0, |sum, bucket| sum.saturating_add(bucket.count))
    }

    /// The first, middle and last bucket's start, as labels of the horizontal axis: the date alone when days are shown.
    pub(crate) fn labels(&self) -> Vec<String> {
        let Some((first, last)) = self.buckets.first().zip(self.buckets.last()) else {
            return Vec::new();
        };
        let middle = self.buckets[self.buckets.len() / 2];
        let days = self.width >= Duration::from_secs(86_400);
        [*first, middle, *last]
            .map(|bucket| {
                let text = Absolute(bucket.at).to_string();
                let (date, time) = text.split_once(' ').unwrap_or((&text, ""));
                let (date, time) = (date.get(5..).unwrap_or(date), time.get(..5).unwrap_or(time));
                if days {
                    date.to_owned()
                } else {
                    format!("{date} {time}")
                }
            })
            .into()
    }
}

/// Bars over time whose parts are told apart, each in a colour and with a name.
#[derive(Debug, Clone, Default)]
pub(crate) struct StackedChart {
    /// When the buckets begin.
    pub(crate) starts: Vec<Timestamp>,
    pub(crate) width: Duration,
    pub(crate) series: Vec<Series>,
    /// Counts are bytes.
    pub(crate) is_bytes: bool,
}

/// One part of all bars.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    pub(crate) label: &'static str,
    /// Its colour in the stylesheet.
    pub(crate) class: &'static str,
    /// One for each bucket.
    pub(crate) counts: Vec<u64>,
}

impl Series {
    pub(crate) fn total(&self) -> u64 {
        self.counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }
}

/// A bar as the template draws it.
#[derive(Debug)]
pub(crate) struct Stack {
    pub(crate) x: usize,
    pub(crate) at: Absolute,
    pub(crate) parts: Vec<Part>,
    /// The exact counts in the order of the series, for the hover text and the table.
    pub(crate) counts: Vec<String>,
    pub(crate) words: String,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) class: &'static str,
    pub(crate) y: u64,
    pub(crate) height: u64,
}

impl StackedChart {
    fn total_at(&self, index: usize) -> u64 {
        let counts = self.series.iter().filter_map(|series| series.counts.get(index));
        counts.fold(0, |sum, count| sum.saturating_add(*count))
    }

    fn peak(&self) -> u64 {
        (0..self.starts.len())
            .map(|index| self.total_at(index))
            .max()
            .unwrap_or(0)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.peak() == 0
    }

    fn quantity(&self, count: u64) -> String {
        if self.is_bytes {
            number::size(usize::try_from(count).unwrap_or(usize::MAX))
        } else {
            number::grouped(count)
        }
    }

    pub(crate) fn stacks(&self) -> Vec<Stack> {
        let peak = self.peak();
        let stack = |(index, start): (usize, &Timestamp)| {
            let (mut below, mut parts) = (0_u64, Vec::new());
            let mut top = 0;
            for series in &self.series {
                let count = series.counts.get(index).copied().unwrap_or(0);
                below = below.saturating_add(count);
                let reach = height(below, peak, CHART_HEIGHT);
                if count > 0 && reach > top {
                    parts.push(Part {
                        class: series.class,
                        y: CHART_HEIGHT - reach,
                        height: reach - top,
                    });
                    top = reach;
                }
            }
            let counts = self
                .series
                .iter()
                .map(|series| series.counts.get(index).copied().unwrap_or(0));
            let named = self.series.iter().zip(counts.clone()).filter(|(_, count)| *count > 0);
            let words: Vec<String> = named
                .map(|(series, count)| format!("{} {}", self.quantity(count), series.label.to_lowercase()))
                .collect();
            Stack {
                x: index * 10,
                at: Absolute(*start),
                parts,
                counts: counts.map(|count| self.quantity(count)).collect(),
                words: if words.is_empty() {
                    "nothing".to_owned()
                } else {
                    words.join(", ")
                },
            }
        };
        self.starts.iter().enumerate().map(stack).collect()
    }

    pub(crate) fn picture_width(&self) -> usize {
        self.starts.len().max(1) * 10
    }

    /// `peak 90 per hour`: the scale of the vertical axis.
    pub(crate) fn scale(&self) -> String {
        format!("peak {} per {}", self.quantity(self.peak()), width_in_words(self.width))
    }

    pub(crate) fn labels(&self) -> Vec<String> {
        let bucket = |at: &Timestamp| Bucket { at: *at, count: 0 };
        let chart = TimeChart {
            buckets: self.starts.iter().map(bucket).collect(),
            width: self.width,
        };
        chart.labels()
    }
}

fn width_in_words(width: Duration) -> String {
    match width.as_secs() {
        60 => "minute".to_owned(),
        3_600 => "hour".to_owned(),
        86_400 => "day".to_owned(),
        seconds => crate::time::span(seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_bar_stays_visible_and_nothing_overflows() {
        assert_eq!(height(1, 100_000, 24), 2);
        assert_eq!(height(u64::MAX, u64::MAX, 24), 24);
        assert_eq!(height(0, 0, 24), 0);
        let html = Sparkline {
            counts: vec![0, u64::MAX, 1],
            over: "24 hours",
        }
        .to_string();
        assert!(html.contains("M6 24v-24M10 24v-2"), "{html}");
    }

    #[test]
    fn any_stretch_of_time_makes_at_most_sixty_buckets() {
        let now = Timestamp::from_seconds(1_800_000_123);
        for seconds in [1, 3_600, 86_400, 14 * 86_400, 90 * 86_400, 10 * 365 * 86_400] {
            let since = Timestamp::from_seconds(now.seconds() - seconds);
            let (start, width, slots) = buckets(since, now);
            assert!((1..=60).contains(&slots), "{seconds}: {slots}");
            let end = start + width * u32::try_from(slots).unwrap();
            assert!(end > now && end - width <= now, "{seconds}");
        }
        let [first, last] = ["0001-01-01T00:00:00Z", "9999-12-30T00:00:00Z"].map(|time| time.parse().unwrap());
        assert_eq!(buckets(first, last).2, 60);
        assert_eq!(buckets(now, now).2, 1);
    }

    #[test]
    fn what_is_counted_by_the_hour_gets_whole_hours() {
        let now = Timestamp::from_seconds(1_800_000_123);
        for seconds in [1, 3_600, 86_400, 14 * 86_400, 90 * 86_400, 20 * 365 * 86_400] {
            let (start, width, slots) = hours(Timestamp::from_seconds(now.seconds() - seconds), now);
            assert!(
                (1..=60).contains(&slots) && width.as_secs() % 3_600 == 0,
                "{seconds}: {width:?}"
            );
            assert_eq!(start, start.truncate(Duration::from_secs(3_600)), "{seconds}");
        }
    }

    #[test]
    fn the_parts_of_a_bar_stand_on_each_other() {
        let series = |label, counts: &[u64]| Series {
            label,
            class: label,
            counts: counts.to_vec(),
        };
        let chart = StackedChart {
            starts: [0, 3_600].map(Timestamp::from_seconds).into(),
            width: Duration::from_secs(3_600),
            series: vec![series("Accepted", &[3, 0]), series("Filtered", &[1, u64::MAX])],
            is_bytes: false,
        };
        let stacks = chart.stacks();
        assert_eq!(stacks[0].words, "3 accepted, 1 filtered");
        let part = |class, y, height| Part { class, y, height };
        assert_eq!(stacks[0].parts, [part("Accepted", 98, 2)], "too small to be told apart");
        assert_eq!(stacks[1].parts, [part("Filtered", 0, 100)]);
        let even = StackedChart {
            series: vec![series("Accepted", &[3, 0]), series("Filtered", &[1, 0])],
            ..chart
        };
        assert_eq!(
            even.stacks()[0].parts,
            [part("Accepted", 25, 75), part("Filtered", 0, 25)]
        );
        assert_eq!(
            (even.stacks()[1].words.as_str(), even.scale().as_str()),
            ("nothing", "peak 4 per hour")
        );
        assert!(StackedChart::default().is_empty());
    }

    #[test]
    fn the_axis_names_its_ends() {
        let hour = |number: i64, count| Bucket {
            at: Timestamp::from_seconds(number * 3_600),
            count,
        };
        let chart = TimeChart {
            buckets: vec![hour(0, 1), hour(1, 5), hour(2, 0)],
            width: Duration::from_secs(3_600),
        };
        assert_eq!(chart.labels(), ["01-01 00:00", "01-01 01:00", "01-01 02:00"]);
        assert_eq!(chart.scale(), "peak 5 events per hour");
        assert_eq!(
            (chart.total(), chart.bars()[1].height, chart.bars()[2].height),
            (6, 100, 0)
        );
    }
}
