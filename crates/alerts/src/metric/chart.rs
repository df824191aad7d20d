//! The chart of a rule as SVG: its values over time, its thresholds, and when incidents were open. It is the same on a
//! page, where the stylesheet colours it, and as a file of a mail, which has no stylesheet.

use std::{fmt::Write as _, time::Duration};

use model::Timestamp;

use super::{Level, number, seasonal::Band};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 220.0;
/// Around the plot: the numbers stand on the left, the times below.
const LEFT: f64 = 56.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 24.0;

/// What is drawn.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Chart {
    /// In words, for those who do not see it.
    pub title: String,
    pub start: Timestamp,
    /// Of one point.
    pub width: Duration,
    /// `None` where nothing was measured.
    pub points: Vec<Option<f64>>,
    pub lines: Vec<Line>,
    /// What was usual, for each point; empty where that is not known.
    pub usual: Vec<Option<Band>>,
    pub incidents: Vec<Span>,
    /// Behind each number: `%`, ` ms`.
    pub unit: String,
}

/// A threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// `None` is where the incident ends.
    pub level: Option<Level>,
    pub at: f64,
}

/// A time in which an incident was open.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    pub level: Level,
    pub start: Timestamp,
    /// None while it is open.
    pub end: Option<Timestamp>,
}

impl Chart {
    pub fn end(&self) -> Timestamp {
        let points = u32::try_from(self.points.len()).unwrap_or(u32::MAX);
        self.start + self.width.saturating_mul(points.max(1))
    }

    /// The begin of each point with its value, as the table beside the chart has them.
    pub fn rows(&self) -> impl Iterator<Item = (Timestamp, Option<f64>)> {
        (0..)
            .zip(&self.points)
            .map(|(number, value)| (self.start + self.width.saturating_mul(number), *value))
    }

    fn scale(&self) -> Scale {
        let lines = self.lines.iter().map(|line| line.at);
        let bands = self.usual.iter().flatten().flat_map(|band| [band.low, band.high]);
        let all = self.points.iter().copied().flatten().chain(lines).chain(bands);
        let (mut low, mut high) = (0.0_f64, 0.0_f64);
        for value in all.filter(|value| can_be_drawn(*value)) {
            low = low.min(value);
            high = high.max(value);
        }
        // Rates close to 100 would all look alike above 0.
        let lowest = self
            .points
            .iter()
            .copied()
            .flatten()
            .chain(self.lines.iter().map(|line| line.at));
        let lowest = lowest.fold(f64::INFINITY, f64::min);
        if self.unit == "%" && lowest > 50.0 {
            low = (lowest - 1.0).floor();
        }
        let step = nice_step((high - low) / 4.0);
        Scale {
            low: (low / step).floor() * step,
            high: ((high / step).ceil() * step).max(low + step),
            step,
            start: self.start,
            length: self.end().since(self.start).as_secs_f64().max(1.0),
        }
    }
}

/// No one reads a chart of greater numbers, and the steps of its axis would not be exact.
fn can_be_drawn(value: f64) -> bool {
    value.abs() < 1e15
}

/// From values and times to places.
struct Scale {
    low: f64,
    high: f64,
    step: f64,
    start: Timestamp,
    length: f64,
}

impl Scale {
    fn x(&self, at: Timestamp) -> f64 {
        let share = (at.since(self.start).as_secs_f64() / self.length).clamp(0.0, 1.0);
        LEFT + share * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
    }
}

/// 1, 2 or 5 times a power of ten, and no less than what asked for it.
fn nice_step(least: f64) -> f64 {
    if !least.is_finite() || least <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(least.log10().floor());
    let factor = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|factor| factor * power >= least * 0.999);
    factor.unwrap_or(10.0) * power
}

/// Draws the chart.
pub fn svg(chart: &Chart) -> String {
    let scale = chart.scale();
    let mut svg = String::with_capacity(4096);
    let title = escaped(&chart.title);
    push(
        &mut svg,
        format_args!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" class="alert-chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}" font-family="sans-serif" font-size="11"><title>{title}</title>"#
        ),
    );
    incidents(&mut svg, chart, &scale);
    axes(&mut svg, chart, &scale);
    usual(&mut svg, chart, &scale);
    values(&mut svg, chart, &scale);
    thresholds(&mut svg, chart, &scale);
    hover(&mut svg, chart, &scale);
    svg.push_str("</svg>");
    svg
}

fn push(svg: &mut String, text: std::fmt::Arguments<'_>) {
    svg.write_fmt(text).expect("writing to memory does not fail");
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // XML has no such characters.
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

fn colour(level: Level) -> &'static str {
    match level {
        Level::Critical => "#c83532",
        Level::Warning => "#b7791f",
    }
}

fn incidents(svg: &mut String, chart: &Chart, scale: &Scale) {
    for span in &chart.incidents {
        let end = span.end.unwrap_or_else(|| chart.end());
        if end < chart.start || span.start > chart.end() {
            continue;
        }
        let (from, to) = (scale.x(span.start), scale.x(end));
        let (level, colour, height) = (span.level.name(), colour(span.level), HEIGHT - TOP - BOTTOM);
        push(
            svg,
            format_args!(
                r#"<rect class="alert-span {level}" x="{from:.1}" y="{TOP}" width="{:.1}" height="{height}" fill="{colour}" fill-opacity="0.12"/>"#,
                (to - from).max(1.0)
            ),
        );
    }
}

fn axes(svg: &mut String, chart: &Chart, scale: &Scale) {
    let mut value = scale.low;
    // A scale has about five steps.
    for _ in 0..12 {
        if value > scale.high + scale.step / 2.0 {
            break;
        }
        let (y, end) = (scale.y(value), WIDTH - RIGHT);
        push(
            svg,
            format_args!(
                r#"<path class="alert-grid" d="M{LEFT} {y:.1}H{end}" stroke="currentColor" stroke-opacity="0.15"/><text class="alert-label" x="{:.1}" y="{:.1}" text-anchor="end" fill="currentColor">{}{}</text>"#,
                LEFT - 6.0,
                y + 4.0,
                number(value),
                escaped(&chart.unit)
            ),
        );
        value += scale.step;
    }
    let days = chart.end().since(chart.start) > Duration::from_secs(2 * 86_400);
    let ends = [(0.0, "start"), (0.5, "middle"), (1.0, "end")];
    for (share, anchor) in ends {
        let at = chart.start + chart.end().since(chart.start).mul_f64(share);
        push(
            svg,
            format_args!(
                r#"<text class="alert-label" x="{:.1}" y="{:.1}" text-anchor="{anchor}" fill="currentColor">{}</text>"#,
                scale.x(at),
                HEIGHT - 6.0,
                time_label(at, days)
            ),
        );
    }
}

/// `11-21 14:05`; the date alone where days are shown. In UTC.
fn time_label(at: Timestamp, days: bool) -> String {
    let text = at.to_string();
    let (date, time) = text.split_once('T').unwrap_or((&text, ""));
    let date = date.get(5..).unwrap_or(date);
    match (days, time.get(..5)) {
        (false, Some(time)) => format!("{date} {time} UTC"),
        _ => date.to_owned(),
    }
}

fn usual(svg: &mut String, chart: &Chart, scale: &Scale) {
    let places: Vec<(f64, Band)> = middles(chart)
        .zip(&chart.usual)
        .filter_map(|(at, band)| Some((scale.x(at), (*band)?)))
        .collect();
    if places.len() < 2 {
        return;
    }
    let mut path = String::new();
    for (index, (x, band)) in places.iter().enumerate() {
        let sign = if index == 0 { 'M' } else { 'L' };
        push(&mut path, format_args!("{sign}{x:.1} {:.1}", scale.y(band.high)));
    }
    for (x, band) in places.iter().rev() {
        push(&mut path, format_args!("L{x:.1} {:.1}", scale.y(band.low)));
    }
    push(
        svg,
        format_args!(r#"<path class="alert-usual" d="{path}Z" fill="currentColor" fill-opacity="0.1"/>"#),
    );
}

fn middles(chart: &Chart) -> impl Iterator<Item = Timestamp> {
    let half = chart.width / 2;
    chart.rows().map(move |(at, _)| at + half)
}

/// One line for each run of points that were measured; a single one is a dot.
fn values(svg: &mut String, chart: &Chart, scale: &Scale) {
    let mut runs: Vec<Vec<(f64, f64)>> = vec![Vec::new()];
    for (at, value) in middles(chart).zip(&chart.points) {
        match value.filter(|value| can_be_drawn(*value)) {
            Some(value) => runs
                .last_mut()
                .expect("there is always a last run")
                .push((scale.x(at), scale.y(value))),
            None => runs.push(Vec::new()),
        }
    }
    for run in runs {
        match run.as_slice() {
            [] => {}
            [(x, y)] => push(
                svg,
                format_args!(r##"<circle class="alert-value" cx="{x:.1}" cy="{y:.1}" r="2" fill="#4f46a5"/>"##),
            ),
            run => {
                let mut path = String::new();
                for (index, (x, y)) in run.iter().enumerate() {
                    push(
                        &mut path,
                        format_args!("{}{x:.1} {y:.1}", if index == 0 { 'M' } else { 'L' }),
                    );
                }
                push(
                    svg,
                    format_args!(
                        r##"<path class="alert-line" d="{path}" fill="none" stroke="#4f46a5" stroke-width="1.5" stroke-linejoin="round"/>"##
                    ),
                );
            }
        }
    }
}

fn thresholds(svg: &mut String, chart: &Chart, scale: &Scale) {
    for line in &chart.lines {
        let (class, colour) = match line.level {
            Some(level) => (level.name(), colour(level)),
            None => ("resolve", "#2f7d4f"),
        };
        let (y, end) = (scale.y(line.at), WIDTH - RIGHT);
        push(
            svg,
            format_args!(
                r#"<path class="alert-threshold {class}" d="M{LEFT} {y:.1}H{end}" stroke="{colour}" stroke-dasharray="4 3"/><text class="alert-name {class}" x="{:.1}" y="{:.1}" text-anchor="end" fill="{colour}">{class} {}{}</text>"#,
                end - 2.0,
                (y - 3.0).max(TOP),
                number(line.at),
                escaped(&chart.unit)
            ),
        );
    }
}

/// What reads the exact values: an unseen bar over each point.
fn hover(svg: &mut String, chart: &Chart, scale: &Scale) {
    for (at, value) in chart.rows() {
        let Some(value) = value.filter(|value| can_be_drawn(*value)) else {
            continue;
        };
        let (from, to) = (scale.x(at), scale.x(at + chart.width));
        push(
            svg,
            format_args!(
                r#"<rect x="{from:.1}" y="{TOP}" width="{:.1}" height="{}" fill="none" pointer-events="all"><title>{}: {}{}</title></rect>"#,
                to - from,
                HEIGHT - TOP - BOTTOM,
                time_label(at, false),
                number(value),
                escaped(&chart.unit)
            ),
        );
    }
}
