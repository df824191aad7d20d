use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use http::Method;
use serde_json::Value;

use super::document::{Document, Fields};
use crate::api::{Answer, Client};

/// Of a list the description says that it answers 201 with one of its entries; Sentry answers 200 with all of them.
const SLIPS: [(Method, &str); 1] = [(
    Method::GET,
    "/api/0/organizations/{organization_id_or_slug}/notifications/actions/",
)];

/// Calls operations, holds every answer against the description, and remembers what was called.
pub(super) struct Caller<'a> {
    document: &'a Document,
    client: Client,
    seen: RefCell<Seen>,
}

#[derive(Debug, Default)]
pub(super) struct Seen {
    /// By index in the document.
    pub(super) called: BTreeSet<usize>,
    pub(super) read_back: BTreeSet<usize>,
    pub(super) problems: Vec<String>,
    /// By tag.
    pub(super) fields: BTreeMap<String, Fields>,
}

/// A write, until it was looked at what became of it: the report names those that were not.
pub(super) struct Written<'a> {
    caller: &'a Caller<'a>,
    operation: Option<usize>,
    answer: Answer,
}

impl<'a> Caller<'a> {
    pub(super) fn new(document: &'a Document, client: Client) -> Self {
        Self {
            document,
            client,
            seen: RefCell::default(),
        }
    }

    pub(super) fn into_seen(self) -> Seen {
        self.seen.into_inner()
    }

    /// A list has two entries or more: the answer itself, or what is in its field `data`.
    pub(super) async fn list(&self, path: &str) -> Answer {
        let answer = self.get(path).await;
        let entries = match &answer.body {
            Value::Array(entries) => entries.len(),
            body => body["data"].as_array().map_or(0, Vec::len),
        };
        if entries < 2 {
            self.note(format!("GET {path}: a list of {entries}"));
        }
        answer
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await.1
    }

    pub(super) async fn post(&'a self, path: &str, body: Value) -> Written<'a> {
        self.write(Method::POST, path, Some(body)).await
    }

    pub(super) async fn put(&'a self, path: &str, body: Value) -> Written<'a> {
        self.write(Method::PUT, path, Some(body)).await
    }

    pub(super) async fn delete(&'a self, path: &str) -> Written<'a> {
        self.write(Method::DELETE, path, None).await
    }

    pub(super) async fn write(&'a self, method: Method, path: &str, body: Option<Value>) -> Written<'a> {
        let (operation, answer) = self.call(method, path, body).await;
        Written {
            caller: self,
            operation,
            answer,
        }
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> (Option<usize>, Answer) {
        let answer = self.client.send(method.clone(), path, body).await;
        let without_query = path.split('?').next().unwrap_or(path);
        let Some(index) = self.document.find(&method, without_query) else {
            self.note(format!("{method} {path}: not in the document"));
            return (None, answer);
        };
        let status = answer.status.as_u16();
        if !answer.status.is_success() {
            self.note(format!("{method} {path}: {status} {}", answer.body));
            return (Some(index), answer);
        }
        let operation = &self.document.operations[index];
        let is_slip = SLIPS.iter().any(|(of, path)| *of == method && *path == operation.path);
        match self.document.answer(operation, status) {
            _ if is_slip => {}
            Err(problem) => self.note(format!("{method} {path}: {problem}")),
            Ok(None) => {}
            Ok(Some(schema)) => {
                let problems = schema.problems(&answer.body);
                let problems = problems
                    .iter()
                    .map(|problem| format!("{method} {path} {status}: {problem}"));
                let mut seen = self.seen.borrow_mut();
                seen.problems.extend(problems);
                let fields = schema.fields(&answer.body);
                let tag = self.document.operations[index].tag.clone();
                let known = seen.fields.entry(tag).or_default();
                known.known.extend(fields.known.iter().map(|place| short(place)));
                known.sent.extend(fields.sent.iter().map(|place| short(place)));
            }
        }
        self.seen.borrow_mut().called.insert(index);
        (Some(index), answer)
    }

    /// The text at a pointer of an answer. Where there is none, that is a problem among others: the calls go on.
    pub(super) fn text(&self, answer: &Answer, pointer: &str) -> String {
        let text = answer.body.pointer(pointer).and_then(Value::as_str);
        text.map_or_else(
            || {
                self.note(format!("no text at {pointer} of {}", answer.body));
                "nothing".to_owned()
            },
            str::to_owned,
        )
    }

    fn note(&self, problem: String) {
        self.seen.borrow_mut().problems.push(problem);
    }
}

impl Written<'_> {
    /// The text at a pointer of the answer.
    pub(super) fn text(&self, pointer: &str) -> String {
        self.caller.text(&self.answer, pointer)
    }

    /// The whole number at a pointer of the answer.
    pub(super) fn number(&self, pointer: &str) -> i64 {
        let number = self.answer.body.pointer(pointer).and_then(Value::as_i64);
        number.unwrap_or_else(|| {
            self.caller
                .note(format!("no number at {pointer} of {}", self.answer.body));
            0
        })
    }

    /// What the path shows now has this value at the pointer.
    pub(super) async fn shows(self, path: &str, pointer: &str, expected: impl Into<Value>) -> Self {
        let (shown, expected) = (self.caller.client.get(path).await, expected.into());
        if shown.body.pointer(pointer) == Some(&expected) {
            self.mark();
        } else {
            self.note(
                path,
                format!("{pointer} is {:?}, not {expected}", shown.body.pointer(pointer)),
            );
        }
        self
    }

    /// One entry of the list that the path shows has this value at the pointer.
    pub(super) async fn lists(self, path: &str, pointer: &str, expected: impl Into<Value>) -> Self {
        self.entry(path, pointer, expected.into(), true).await
    }

    /// No entry of the list has it.
    pub(super) async fn lists_no(self, path: &str, pointer: &str, expected: impl Into<Value>) -> Self {
        self.entry(path, pointer, expected.into(), false).await
    }

    /// The entry of the list that has one value has another one too: both by their pointers.
    pub(super) async fn lists_with(self, path: &str, of: (&str, &str), expected: (&str, impl Into<Value>)) -> Self {
        let (shown, value) = (self.caller.client.get(path).await, expected.1.into());
        let entries = shown.body.as_array().map_or(&[][..], Vec::as_slice);
        let is_it = |entry: &&Value| entry.pointer(of.0).and_then(Value::as_str) == Some(of.1);
        let found = entries.iter().find(is_it).and_then(|entry| entry.pointer(expected.0));
        if found == Some(&value) {
            self.mark();
        } else {
            let problem = format!("{} of the one with {of:?} is {found:?}, not {value}", expected.0);
            self.note(path, problem);
        }
        self
    }

    async fn entry(self, path: &str, pointer: &str, expected: Value, is_there: bool) -> Self {
        let shown = self.caller.client.get(path).await;
        match shown.body.as_array() {
            Some(entries) if entries.iter().any(|entry| entry.pointer(pointer) == Some(&expected)) == is_there => {
                self.mark();
            }
            _ => self.note(
                path,
                format!("{pointer} = {expected}: expected {is_there} in {}", shown.body),
            ),
        }
        self
    }

    /// There is nothing at the path any longer.
    pub(super) async fn absent(self, path: &str) -> Self {
        let shown = self.caller.client.get(path).await;
        if shown.status == 404 {
            self.mark();
        } else {
            self.note(path, format!("still there, {}", shown.status));
        }
        self
    }

    fn mark(&self) {
        self.caller.seen.borrow_mut().read_back.extend(self.operation);
    }

    fn note(&self, path: &str, problem: String) {
        self.caller.note(format!("read back at {path}: {problem}"));
    }
}

/// The last two names of a place: what is sent within one answer counts for the others of its tag.
fn short(place: &str) -> String {
    let mut names = place.rsplit('/');
    let (last, parent) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
    format!("{parent}/{last}")
}
