//! Applying rules to values, one after the other.

use protocol::event::{
    Event, Meta, Span,
    meta::Remark,
    walk::{Fate, Found, Kind, Pii, Place, Visitor, walk_json},
};
use rustc_hash::FxHashMap;
use serde_json::Value;

use crate::{
    config::{self, Applications},
    defaults,
    pattern::Characters,
    rule::{Redaction, Rule, Target},
    selector::Selector,
    settings::{Settings, SettingsError},
    text::{Parts, concerns},
};

/// The rules that hold for a project, ready for use.
#[derive(Debug, Default)]
pub struct Scrubber {
    /// Advanced rules of the organization, then of the project, then what the switches of both are for.
    applications: Applications,
    /// Which of them may concern a value of a name, in lower case…
    by_name: FxHashMap<Box<str>, Vec<usize>>,
    /// …and of any other.
    of_any_name: Vec<usize>,
}

impl Scrubber {
    pub fn new(organization: &Settings, project: &Settings) -> Result<Self, Vec<SettingsError>> {
        let (scrubber, errors) = Self::valid_part(organization, project);
        if errors.is_empty() { Ok(scrubber) } else { Err(errors) }
    }

    /// What is wrong is left out, and the rest still scrubs.
    pub fn valid_part(organization: &Settings, project: &Settings) -> (Self, Vec<SettingsError>) {
        let mut applications = Vec::new();
        let mut errors = Vec::new();
        for (read, wrong) in [
            config::read(&organization.relay_pii_config),
            config::read(&project.relay_pii_config),
            defaults::derive(&Settings::merged(organization, project)),
        ] {
            applications.extend(read);
            errors.extend(wrong);
        }
        (Self::of(applications), errors)
    }

    fn of(mut applications: Applications) -> Self {
        applications.retain(|(_, rules)| !rules.is_empty());
        let names: Vec<Option<Vec<&str>>> = applications.iter().map(|(selector, _)| selector.names()).collect();
        let of_any_name = (0..names.len()).filter(|index| names[*index].is_none()).collect();
        let mut by_name: FxHashMap<Box<str>, Vec<usize>> = FxHashMap::default();
        for name in names.iter().flatten().flatten() {
            by_name.entry(name.to_ascii_lowercase().into()).or_default();
        }
        for (name, concerned) in &mut by_name {
            concerned.extend(names.iter().enumerate().filter_map(|(index, names)| {
                let concerns = match names {
                    None => true,
                    Some(names) => names.iter().any(|other| other.eq_ignore_ascii_case(name)),
                };
                concerns.then_some(index)
            }));
        }
        Self {
            by_name,
            of_any_name,
            applications,
        }
    }

    /// Whether nothing would be changed in anything.
    pub fn is_empty(&self) -> bool {
        self.applications.is_empty()
    }

    pub fn event(&self, event: &mut Event) {
        if self.is_empty() {
            return;
        }
        let mut meta = std::mem::take(&mut event.meta);
        event.walk(&mut Pass::new(self, &mut meta));
        self.original_values(&mut meta, Kind::EVENT);
        event.meta = meta;
    }

    /// A span that was sent alone; what is to be said of it.
    pub fn span(&self, span: &mut Span, meta: &mut Meta) {
        if !self.is_empty() {
            span.walk(&mut Pass::new(self, meta));
        }
    }

    pub(crate) fn visitor<'a>(&'a self, meta: &'a mut Meta) -> impl Visitor + 'a {
        Pass::new(self, meta)
    }

    /// Values that were not valid are remarks now, and no less secret for that.
    pub(crate) fn original_values(&self, meta: &mut Meta, root: Kind) {
        fn at(place: &Place<'_>, path: &[String], value: &mut Value, visitor: &mut dyn Visitor) {
            match path {
                [] => walk_json(value, place, visitor),
                [key] => walk_json(value, &place.child(key, Kind::of(value)), visitor),
                [key, rest @ ..] => at(&place.child(key, Kind::NONE), rest, value, visitor),
            }
        }
        let mut ignored = Meta::default();
        let root = Place::root(root, Pii::True);
        meta.original_values_mut(|path, value| at(&root, path, value, &mut self.visitor(&mut ignored)));
    }

    /// Every rule for a value, in the order in which they are applied.
    pub(crate) fn rules_for<'a>(&'a self, place: &'a Place<'_>) -> impl Iterator<Item = &'a Rule> {
        self.applications_for(place)
            .filter(|(selector, _)| selector.matches(place))
            .flat_map(|(_, rules)| rules)
    }

    /// Those that may concern a value, as far as its name tells, in the order in which they are applied.
    fn applications_for<'a>(&'a self, place: &Place<'_>) -> impl Iterator<Item = &'a (Selector, Vec<Rule>)> + use<'a> {
        self.concerned(place).iter().map(|index| &self.applications[*index])
    }

    fn concerned(&self, place: &Place<'_>) -> &[usize] {
        let mut buffer = [0; LONGEST_NAME];
        let concerned = place.key().and_then(|key| {
            // A name that does not fit is one of a user's and rare, but it may well be selected.
            let Some(lower) = buffer.get_mut(..key.len()) else {
                return self.by_name.get(key.to_ascii_lowercase().as_str());
            };
            lower.copy_from_slice(key.as_bytes());
            lower.make_ascii_lowercase();
            self.by_name.get(std::str::from_utf8(lower).ok()?)
        });
        concerned.unwrap_or(&self.of_any_name)
    }

    /// Applications that ask for one of these kinds.
    pub(crate) fn mentioning(&self, kind: Kind) -> impl Iterator<Item = &(Selector, Vec<Rule>)> {
        self.applications
            .iter()
            .filter(move |(selector, _)| selector.mentions(kind))
    }
}

const LONGEST_NAME: usize = 64;

/// One walk over one item.
struct Pass<'a> {
    scrubber: &'a Scrubber,
    meta: &'a mut Meta,
}

impl<'a> Pass<'a> {
    fn new(scrubber: &'a Scrubber, meta: &'a mut Meta) -> Self {
        Self { scrubber, meta }
    }

    fn remove(&mut self, place: &Place<'_>, rule: &Rule) -> Fate {
        place
            .meta(self.meta)
            .remark(Remark::new(&rule.id, Redaction::Remove.remark()));
        Fate::Remove
    }

    fn text(&mut self, place: &Place<'_>, text: &mut String) -> Fate {
        if text.is_empty() {
            return Fate::Keep;
        }
        let characters = Characters::of(text.as_bytes());
        let key = place.key().unwrap_or_default();
        let mut parts: Option<Parts> = None;
        let mut removed_by = None;
        let mut changed = false;
        let is_key = |rule: &Rule| matches!(&rule.target, Target::Pair(pair) if pair.is_key(key));
        'applications: for (selector, rules) in self.scrubber.applications_for(place) {
            // Most texts concern no rule, which is seen sooner than whether the place is selected.
            let may_change = |rule: &Rule| concerns(rule, text, &characters) || is_key(rule);
            if parts.is_none() && !rules.iter().any(may_change) || !selector.matches(place) {
                continue;
            }
            for rule in rules {
                let whole = is_key(rule);
                if rule.redaction == Redaction::Remove && (whole || matches!(rule.target, Target::Anything)) {
                    removed_by = Some(rule);
                    break 'applications;
                }
                if !whole && parts.is_none() && !concerns(rule, text, &characters) {
                    continue;
                }
                let parts = parts.get_or_insert_with(|| Parts::new(text, self.known_remarks(place)));
                changed |= if whole {
                    parts.replace_all(rule)
                } else {
                    parts.apply(rule)
                };
            }
        }
        if let Some(parts) = parts.filter(|_| changed) {
            self.note(place, text, &parts);
        }
        removed_by.map_or(Fate::Keep, |rule| self.remove(place, rule))
    }

    /// Parts of the text that were replaced before it came here.
    fn known_remarks(&self, place: &Place<'_>) -> Vec<Remark<'_>> {
        if self.meta.is_empty() {
            return Vec::new();
        }
        self.meta.remarks(place.path())
    }

    fn note(&mut self, place: &Place<'_>, text: &mut String, parts: &Parts) {
        let (new, remarks) = parts.finish();
        let length = text.chars().count();
        place.meta(self.meta).replace_remarks(remarks).original_length(length);
        *text = new;
    }
}

impl Visitor for Pass<'_> {
    fn visit(&mut self, place: &Place<'_>, found: Found<'_>) -> Fate {
        if let Found::Text(text) = found {
            return self.text(place, text);
        }
        let key = place.key();
        let removes = |rule: &&Rule| match &rule.target {
            Target::Anything => true,
            Target::Pair(pair) => key.is_some_and(|key| pair.is_key(key)),
            Target::Known(_) | Target::Custom(_) => false,
        };
        let removed_by = self.scrubber.applications_for(place).find_map(|(selector, rules)| {
            let rule = rules.iter().find(removes)?;
            selector.matches(place).then_some(rule)
        });
        removed_by.map_or(Fate::Keep, |rule| self.remove(place, rule))
    }
}
