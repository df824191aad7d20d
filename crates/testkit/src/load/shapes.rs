use super::{
    BREADCRUMBS, FRAMES,
    random::Random,
    template::Template,
    time,
    words::{LIBRARIES, VERBS, WORDS, word},
};

/// The texts that events are made of.
#[derive(Debug)]
pub(super) struct Shapes {
    pub(super) error: Template,
    pub(super) transaction: Template,
    pub(super) session: Template,
    frame: Template,
    query: Template,
    log: Template,
    span: Template,
}

impl Shapes {
    pub(super) fn new() -> Self {
        Self {
            error: Template::new(
                include_str!("shapes/error.template"),
                &[
                    "timestamp",
                    "noun",
                    "verb",
                    "error",
                    "release",
                    "environment",
                    "region",
                    "user",
                    "path_of_request",
                    "token",
                    "frames",
                    "breadcrumbs",
                ],
            ),
            transaction: Template::new(
                include_str!("shapes/transaction.template"),
                &[
                    "start",
                    "end",
                    "noun",
                    "verb",
                    "release",
                    "environment",
                    "user",
                    "trace",
                    "root",
                    "status",
                    "code",
                    "spans",
                ],
            ),
            session: Template::new(
                include_str!("shapes/session.template"),
                &["start", "end", "release", "environment", "user", "status", "errors"],
            ),
            frame: Template::new(
                include_str!("shapes/frame.template"),
                &[
                    "module",
                    "path",
                    "noun",
                    "verb",
                    "line",
                    "in_app",
                    "user",
                    "path_of_request",
                    "process",
                    "row",
                ],
            ),
            query: Template::new(include_str!("shapes/query.template"), &["timestamp", "noun"]),
            log: Template::new(
                include_str!("shapes/log.template"),
                &["timestamp", "noun", "verb", "user"],
            ),
            span: Template::new(
                include_str!("shapes/span.template"),
                &["trace", "root", "op", "noun", "start", "end"],
            ),
        }
    }

    /// The frames of an issue: always the same functions and lines, with other variables. Those of one event share the
    /// user, the request, the first part of addresses, and the rows that three functions after another work on.
    pub(super) fn frames(&self, issue: usize, (user, request): (&str, &str), random: &mut Random) -> String {
        let process = random.hex(6);
        let mut row = String::new();
        let mut code = Random::new(issue as u64);
        let mut frames = Vec::with_capacity(16 << 10);
        for depth in 0..FRAMES {
            separate(&mut frames);
            let (noun, verb) = (WORDS[code.index(WORDS.len())], VERBS[code.index(VERBS.len())]);
            let line = (40 + code.below(400)).to_string();
            let library = depth.is_multiple_of(3);
            if library {
                row = (1_000_000 + random.below(9_000_000)).to_string();
            }
            let (module, path) = if library {
                let (module, path) = LIBRARIES[depth % LIBRARIES.len()];
                (module.to_owned(), path.to_owned())
            } else {
                (format!("shop.{noun}.views"), format!("shop/{noun}/views.py"))
            };
            let in_app = if library { "false" } else { "true" };
            self.frame.fill(
                &[&module, &path, noun, verb, &line, in_app, user, request, &process, &row],
                random,
                &mut frames,
            );
        }
        text(frames)
    }

    /// What happened in the minute before: an issue's code does the same each time, to something else.
    pub(super) fn breadcrumbs(&self, issue: usize, (timestamp, user): (f64, &str), random: &mut Random) -> String {
        let mut code = Random::new(issue as u64);
        let mut breadcrumbs = Vec::with_capacity(8 << 10);
        for number in 0..BREADCRUMBS {
            separate(&mut breadcrumbs);
            let (noun, verb) = (WORDS[code.index(WORDS.len())], VERBS[code.index(VERBS.len())]);
            let at = time::iso(timestamp - 60.0 + 2.0 * f64::from(number) + random.unit());
            if number.is_multiple_of(4) {
                self.log.fill(&[&at, noun, verb, user], random, &mut breadcrumbs);
            } else {
                self.query.fill(&[&at, noun], random, &mut breadcrumbs);
            }
        }
        text(breadcrumbs)
    }

    /// One to eight, one after the other.
    pub(super) fn spans(&self, (trace, root): (&str, &str), (start, end): (f64, f64), random: &mut Random) -> String {
        const OPERATIONS: [&str; 4] = ["db", "db.redis", "http.client", "template.render"];
        let count = 1 + u32::try_from(random.below(8)).unwrap_or(0);
        let step = (end - start) / f64::from(count);
        let mut spans = Vec::with_capacity(4 << 10);
        for number in 0..count {
            separate(&mut spans);
            let from = start + step * f64::from(number);
            let to = from + step * random.unit();
            let operation = OPERATIONS[random.index(OPERATIONS.len())];
            self.span.fill(
                &[trace, root, operation, word(random), &time::iso(from), &time::iso(to)],
                random,
                &mut spans,
            );
        }
        text(spans)
    }
}

fn separate(list: &mut Vec<u8>) {
    if !list.is_empty() {
        list.push(b',');
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("templates and what fills them are text")
}
