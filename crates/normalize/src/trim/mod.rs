//! Cuts what is too long, too large or too deep (`ingest.md` §3.1). Runs on the scrubbed event.

mod bag;
mod frames;
mod spans;

use protocol::event::{Event, Exception, Frame, Mechanism, Meta, Request, Stacktrace, Thread, User};
use serde_json::Value;

use self::bag::{fits, trim_bag, trim_bags, trim_pairs, trim_value};
use crate::{
    limits::{
        CULPRIT, EMAIL, ENUM, HASH, LARGE, LARGER, LOGGER, MASSIVE, MEDIUM, MESSAGE, NAME, PATH, SHORT_PATH, SMALL,
        SUMMARY, SYMBOL, TAG_KEY, TAG_VALUE, limit, trim, trim_field,
    },
    notes::Place,
    user,
};

pub(crate) fn event(event: &mut Event) {
    // Apart from the event, so that both can be changed.
    let mut meta = std::mem::take(&mut event.meta);
    attributes(event, &mut meta);
    if let Some(user) = &mut event.user {
        trim_user(user, &mut meta);
        // Made anew of what scrubbing and trimming left.
        user::identify(user);
    }
    if let Some(request) = &mut event.request {
        trim_request(request, &mut meta);
    }
    trim_tags(event, &mut meta);
    trim_contexts(event, &mut meta);
    spans::spans(event, &mut meta);
    trim_breadcrumbs(event, &mut meta);
    stacks(event, &mut meta);
    trim_bags(&mut event.extra, MASSIVE, LARGER, &Place::root("extra"), &mut meta);
    trim_modules(event, &mut meta);
    event.meta = meta;
}

fn attributes(event: &mut Event, meta: &mut Meta) {
    for (name, text, limit) in [
        ("logger", &mut event.logger, LOGGER),
        ("transaction", &mut event.transaction, CULPRIT),
        ("culprit", &mut event.culprit, CULPRIT),
        ("checksum", &mut event.checksum, HASH),
    ] {
        trim_field(text, limit, &Place::root(name), meta);
    }
    if let Some(logentry) = &mut event.logentry {
        let place = Place::root("logentry");
        trim_field(&mut logentry.formatted, MESSAGE, &place.key("formatted"), meta);
        trim_field(&mut logentry.message, MESSAGE, &place.key("message"), meta);
        if let Some(params) = &mut logentry.params {
            trim_value(params, MEDIUM, &place.key("params"), meta);
        }
    }
    if let Some(sdk) = &mut event.sdk {
        let place = Place::root("sdk");
        trim_field(&mut sdk.name, limit(256, 20), &place.key("name"), meta);
        trim_field(&mut sdk.version, limit(256, 20), &place.key("version"), meta);
    }
    if let Some(template) = &mut event.template {
        let place = Place::root("template");
        trim_field(&mut template.filename, SHORT_PATH, &place.key("filename"), meta);
        trim_field(&mut template.abs_path, PATH, &place.key("abs_path"), meta);
    }
}

fn trim_user(user: &mut User, meta: &mut Meta) {
    let place = Place::root("user");
    for (name, text, limit) in [
        ("id", &mut user.id, NAME),
        ("email", &mut user.email, EMAIL),
        ("username", &mut user.username, NAME),
        ("name", &mut user.name, NAME),
    ] {
        trim_field(text, limit, &place.key(name), meta);
    }
    let geo = place.key("geo");
    for (name, value) in &mut user.geo {
        if let Value::String(text) = value {
            let limit = if name == "country_code" {
                limit(102, 1004)
            } else {
                SUMMARY
            };
            trim(text, limit, &geo.key(name), meta);
        }
    }
}

fn trim_request(request: &mut Request, meta: &mut Meta) {
    let place = Place::root("request");
    trim_field(&mut request.url, PATH, &place.key("url"), meta);
    trim_field(&mut request.fragment, SUMMARY, &place.key("fragment"), meta);
    trim_field(
        &mut request.inferred_content_type,
        PATH,
        &place.key("inferred_content_type"),
        meta,
    );
    if let Some(data) = &mut request.data {
        trim_value(data, LARGE, &place.key("data"), meta);
    }
    trim_pairs(&mut request.query_string, SMALL, &place.key("query_string"), meta);
    trim_pairs(&mut request.cookies, MEDIUM, &place.key("cookies"), meta);
    trim_pairs(&mut request.headers, LARGE, &place.key("headers"), meta);
    trim_bag(&mut request.env, LARGE, &place.key("env"), meta);
}

fn trim_tags(event: &mut Event, meta: &mut Meta) {
    let place = Place::root("tags");
    for (index, (key, value)) in event.tags.iter_mut().enumerate() {
        trim(key, TAG_KEY, &place.index(index).index(0), meta);
        trim(value, TAG_VALUE, &place.index(index).index(1), meta);
    }
}

fn trim_contexts(event: &mut Event, meta: &mut Meta) {
    let place = Place::root("contexts");
    for (name, context) in &mut event.contexts {
        let Value::Object(context) = context else { continue };
        let place = place.key(name);
        if let Some(Value::String(kind)) = context.get_mut("type") {
            trim(kind, ENUM, &place.key("type"), meta);
        }
        if fits(context, LARGE) {
            continue;
        }
        // It says what a context is, and must not be cut off with what comes before it.
        let kind = context.shift_remove("type");
        trim_bag(context, LARGE, &place, meta);
        context.extend(kind.map(|kind| ("type".to_owned(), kind)));
    }
}

fn trim_breadcrumbs(event: &mut Event, meta: &mut Meta) {
    let (place, values) = (Place::root("breadcrumbs"), "values");
    let place = place.key(values);
    for (index, breadcrumb) in event.breadcrumbs.iter_mut().enumerate() {
        let place = place.index(index);
        trim_field(&mut breadcrumb.kind, ENUM, &place.key("type"), meta);
        trim_field(&mut breadcrumb.category, ENUM, &place.key("category"), meta);
        trim_field(&mut breadcrumb.message, MESSAGE, &place.key("message"), meta);
        trim_bag(&mut breadcrumb.data, MEDIUM, &place.key("data"), meta);
    }
}

fn trim_modules(event: &mut Event, meta: &mut Meta) {
    let size: usize = event.modules.iter().map(|(_, version)| version.len() + 3).sum();
    if size <= LARGE.size {
        return;
    }
    // An object in JSON, and cut like one.
    let mut modules: protocol::event::Object = std::mem::take(&mut event.modules.0)
        .into_iter()
        .map(|(name, version)| (name, Value::String(version)))
        .collect();
    trim_bag(&mut modules, LARGE, &Place::root("modules"), meta);
    event.modules.0 = modules
        .into_iter()
        .filter_map(|(name, version)| match version {
            Value::String(version) => Some((name, version)),
            _ => None,
        })
        .collect();
}

fn stacks(event: &mut Event, meta: &mut Meta) {
    let root = Place::root("exception");
    let values = root.key("values");
    for (index, exception) in event.exception.iter_mut().enumerate() {
        trim_exception(exception, &values.index(index), meta);
    }
    let root = Place::root("threads");
    let values = root.key("values");
    for (index, thread) in event.threads.iter_mut().enumerate() {
        trim_thread(thread, &values.index(index), meta);
    }
    if let Some(stacktrace) = &mut event.stacktrace {
        trim_stacktrace(stacktrace, &Place::root("stacktrace"), meta);
    }
}

fn trim_exception(exception: &mut Exception, place: &Place<'_>, meta: &mut Meta) {
    trim_field(&mut exception.kind, SYMBOL, &place.key("type"), meta);
    trim_field(&mut exception.value, MESSAGE, &place.key("value"), meta);
    trim_field(&mut exception.module, SYMBOL, &place.key("module"), meta);
    if let Some(mechanism) = &mut exception.mechanism {
        trim_mechanism(mechanism, &place.key("mechanism"), meta);
    }
    for (name, stacktrace) in [
        ("stacktrace", &mut exception.stacktrace),
        ("raw_stacktrace", &mut exception.raw_stacktrace),
    ] {
        if let Some(stacktrace) = stacktrace {
            trim_stacktrace(stacktrace, &place.key(name), meta);
        }
    }
}

fn trim_mechanism(mechanism: &mut Mechanism, place: &Place<'_>, meta: &mut Meta) {
    trim_field(&mut mechanism.kind, ENUM, &place.key("type"), meta);
    trim_field(&mut mechanism.source, ENUM, &place.key("source"), meta);
    trim_field(&mut mechanism.description, MESSAGE, &place.key("description"), meta);
    trim_field(&mut mechanism.help_link, PATH, &place.key("help_link"), meta);
    trim_bag(&mut mechanism.data, MEDIUM, &place.key("data"), meta);
}

fn trim_thread(thread: &mut Thread, place: &Place<'_>, meta: &mut Meta) {
    trim_field(&mut thread.name, SUMMARY, &place.key("name"), meta);
    for (name, stacktrace) in [
        ("stacktrace", &mut thread.stacktrace),
        ("raw_stacktrace", &mut thread.raw_stacktrace),
    ] {
        if let Some(stacktrace) = stacktrace {
            trim_stacktrace(stacktrace, &place.key(name), meta);
        }
    }
}

fn trim_stacktrace(stacktrace: &mut Stacktrace, place: &Place<'_>, meta: &mut Meta) {
    trim_field(&mut stacktrace.lang, ENUM, &place.key("lang"), meta);
    let place = place.key("frames");
    frames::drop_middle(&mut stacktrace.frames, &place, meta);
    frames::slim(&mut stacktrace.frames);
    for (index, frame) in stacktrace.frames.iter_mut().enumerate() {
        trim_frame(frame, &place.index(index), meta);
    }
}

fn trim_frame(frame: &mut Frame, place: &Place<'_>, meta: &mut Meta) {
    // Neither paths nor modules: source maps, symbols and rules are looked up by the whole.
    for (name, text, limit) in [
        ("function", &mut frame.function, SYMBOL),
        ("raw_function", &mut frame.raw_function, SYMBOL),
        ("symbol", &mut frame.symbol, SYMBOL),
        ("trust", &mut frame.trust, ENUM),
        ("lang", &mut frame.lang, ENUM),
    ] {
        trim_field(text, limit, &place.key(name), meta);
    }
    trim_bag(&mut frame.vars, MEDIUM, &place.key("vars"), meta);
}
