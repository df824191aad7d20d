//! Values whose form the SDK's user chooses: how much of them is kept.

use std::collections::HashSet;

use protocol::event::{Meta, Object};
use serde_json::Value;

use crate::{
    limits::{Bag, limit, trim},
    notes::Place,
};

/// What is left: of the bag, and of the one that it is in.
#[derive(Clone, Copy)]
struct Room {
    left: usize,
    around: Option<usize>,
}

impl Room {
    fn new(bag: Bag) -> Self {
        Self {
            left: bag.size,
            around: None,
        }
    }

    /// What a value may take at most.
    fn least(self) -> usize {
        self.around.map_or(self.left, |around| around.min(self.left))
    }

    fn take(&mut self, size: usize) {
        self.left = self.left.saturating_sub(size);
        self.around = self.around.map(|left| left.saturating_sub(size));
    }
}

/// An object of which each member is a value of any form.
pub(super) fn trim_bag(map: &mut Object, bag: Bag, place: &Place<'_>, meta: &mut Meta) {
    if fits(map, bag) {
        return;
    }
    members(
        map,
        &mut Room::new(bag),
        place,
        meta,
        &mut |value, room, place, meta| {
            within(value, bag.depth, room, place, meta);
        },
    );
}

/// The same, with a limit for each member as well.
pub(super) fn trim_bags(map: &mut Object, bag: Bag, each: Bag, place: &Place<'_>, meta: &mut Meta) {
    if all_fit(map, bag, each.size) {
        return;
    }
    members(
        map,
        &mut Room::new(bag),
        place,
        meta,
        &mut |value, room, place, meta| {
            let mut inner = Room {
                left: each.size,
                around: Some(room.left),
            };
            within(value, bag.depth, &mut inner, place, meta);
            room.left = inner.around.unwrap_or_default();
        },
    );
}

/// One value of any form.
pub(super) fn trim_value(value: &mut Value, bag: Bag, place: &Place<'_>, meta: &mut Meta) {
    if measure(value, bag.depth + 1).is_none_or(|size| size > bag.size) {
        within(value, bag.depth + 1, &mut Room::new(bag), place, meta);
    }
}

/// Whether nothing is to be done, as for most: then measuring is all.
pub(super) fn fits(map: &Object, bag: Bag) -> bool {
    all_fit(map, bag, bag.size)
}

fn all_fit(map: &Object, bag: Bag, each: usize) -> bool {
    let size = map.values().try_fold(0, |sum: usize, value| {
        let size = measure(value, bag.depth)?;
        (size <= each).then_some(sum + size)
    });
    size.is_some_and(|size| size <= bag.size)
}

/// Pairs of texts: their size alone counts.
pub(super) fn trim_pairs(pairs: &mut Vec<(String, String)>, bag: Bag, place: &Place<'_>, meta: &mut Meta) {
    let size: usize = pairs.iter().map(|(name, value)| PAIR + text(name) + text(value)).sum();
    if size <= bag.size {
        return;
    }
    let count = pairs.len();
    let mut left = bag.size;
    let mut kept = 0;
    for (index, (name, value)) in pairs.iter_mut().enumerate() {
        if left == 0 {
            break;
        }
        for (half, part) in [name, value].into_iter().enumerate() {
            trim(part, limit(left, 0), &place.index(index).index(half), meta);
            left = left.saturating_sub(text(part));
        }
        left = left.saturating_sub(PAIR);
        kept = index + 1;
    }
    pairs.truncate(kept);
    if kept < count {
        meta.at(place.path()).original_length(count);
    }
}

/// Brackets and the comma behind them.
const PAIR: usize = 3;

/// Quotes and the comma behind them.
fn text(text: &str) -> usize {
    text.len() + 3
}

/// A value's own part of the size, without what it holds.
fn own_size(value: &Value) -> usize {
    1 + match value {
        Value::Null => 4,
        Value::Bool(value) => 5 - usize::from(*value),
        Value::Number(number) => digits(number),
        Value::String(text) => text.len() + 2,
        Value::Array(_) | Value::Object(_) => 2,
    }
}

fn digits(number: &serde_json::Number) -> usize {
    if number.is_f64() {
        return number.to_string().len();
    }
    let sign = usize::from(number.as_i64().is_some_and(i64::is_negative));
    let magnitude = number
        .as_u64()
        .or_else(|| number.as_i64().map(i64::unsigned_abs))
        .unwrap_or_default();
    sign + magnitude.checked_ilog10().map_or(1, |log| log as usize + 1)
}

/// The size, or `None` when the value is deeper than may be.
fn measure(value: &Value, depth: usize) -> Option<usize> {
    let own = own_size(value);
    let add = |sum, member| Some(sum + measure(member, depth - 1)?);
    match value {
        Value::Array(_) | Value::Object(_) if depth <= 1 => None,
        Value::Array(values) => values.iter().try_fold(own, add),
        Value::Object(map) => map.values().try_fold(own, add),
        _ => Some(own),
    }
}

/// Cuts a value so that it takes no more than what is left.
fn within(value: &mut Value, depth: usize, room: &mut Room, place: &Place<'_>, meta: &mut Meta) {
    if depth <= 1 && (value.is_array() || value.is_object()) {
        // Too deep: it stays readable as the text of its JSON.
        *value = Value::String(value.to_string());
    }
    match value {
        Value::String(text) => trim(text, limit(room.least(), 0), place, meta),
        Value::Array(values) => {
            let count = values.len();
            let mut kept = count;
            for (index, value) in values.iter_mut().enumerate() {
                if room.least() == 0 {
                    kept = index;
                    break;
                }
                within(value, depth - 1, room, &place.index(index), meta);
            }
            if kept < count {
                values.truncate(kept);
                meta.at(place.path()).original_length(count);
            }
        }
        Value::Object(map) => members(map, room, place, meta, &mut |value, room, place, meta| {
            within(value, depth - 1, room, place, meta);
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    room.take(own_size(value));
}

type TrimMember<'f> = &'f mut dyn FnMut(&mut Value, &mut Room, &Place<'_>, &mut Meta);

/// The members in the order of their names: what is kept does not depend on the order in which an SDK wrote them.
fn members(map: &mut Object, room: &mut Room, place: &Place<'_>, meta: &mut Meta, trim_member: TrimMember<'_>) {
    let count = map.len();
    let mut names: Vec<String> = map.keys().cloned().collect();
    names.sort_unstable();
    let mut dropped = HashSet::new();
    for name in names {
        if room.least() == 0 {
            dropped.insert(name);
        } else if let Some(value) = map.get_mut(&name) {
            trim_member(value, room, &place.key(&name), meta);
        }
    }
    if !dropped.is_empty() {
        map.retain(|name, _| !dropped.contains(name));
        meta.at(place.path()).original_length(count);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{
        limits::{Bag, LARGER, MASSIVE, MEDIUM, SMALL},
        notes::Place,
    };
    use protocol::event::{Meta, Object};

    fn object(value: Value) -> Object {
        value.as_object().unwrap().clone()
    }

    /// What is left, and what is said of it; cutting twice is cutting once.
    fn cut(value: Value, bag: Bag) -> (Value, Value) {
        let (mut map, mut meta) = (object(value), Meta::default());
        super::trim_bag(&mut map, bag, &Place::root("bag"), &mut meta);
        let once = map.clone();
        super::trim_bag(&mut map, bag, &Place::root("bag"), &mut meta);
        assert_eq!(map, once);
        (Value::Object(map), Value::Object(meta.as_object().clone()))
    }

    fn nested(depth: usize) -> Value {
        (0..depth).fold(json!(1), |inner, _| json!({"k": inner}))
    }

    #[test]
    fn deep_values_become_text() {
        assert_eq!(cut(nested(4), MEDIUM), (nested(4), json!({})));
        let (deep, remarks) = cut(nested(6), MEDIUM);
        assert_eq!(deep, json!({"k": {"k": {"k": {"k": "{\"k\":{\"k\":1}}"}}}}));
        assert_eq!(remarks, json!({}));
        assert_eq!(
            cut(json!({"a": {"b": {"c": [1]}}}), SMALL).0,
            json!({"a": {"b": {"c": "[1]"}}})
        );
    }

    #[test]
    fn large_values_are_cut() {
        let members: Object = (0..4000)
            .map(|index| (format!("k{index:04}"), json!("v".repeat(97))))
            .collect();
        let (left, remarks) = cut(Value::Object(members), MEDIUM);
        let left = object(left);
        assert_eq!(left.len(), 21);
        assert_eq!(left["k0020"], format!("{}...", "v".repeat(45)));
        let expected = json!({"bag": {
            "": {"len": 4000}, "k0020": {"": {"rem": [["!limit", "s", 45, 48]], "len": 97}},
        }});
        assert_eq!(remarks, expected);

        let (left, remarks) = cut(json!({"list": vec![1; 4000], "z": "gone"}), MEDIUM);
        assert_eq!(left["list"].as_array().unwrap().len(), 1024);
        assert_eq!(left.get("z"), None);
        assert_eq!(remarks["bag"]["list"][""]["len"], 4000);
        assert_eq!(remarks["bag"][""]["len"], 2);
    }

    #[test]
    fn the_order_of_names_decides() {
        let large = "x".repeat(3_000);
        let (one, _) = cut(json!({"b": large, "a": 1, "c": 1}), MEDIUM);
        assert_eq!(one.as_object().unwrap().keys().collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(one["a"], 1);
    }

    #[test]
    fn each_member_and_all_have_limits() {
        let one: Object = (0..50)
            .map(|index| (format!("key-{index:02}"), json!("a".repeat(450))))
            .collect();
        let all: Object = (0..30)
            .map(|index| (format!("big{index:02}"), Value::Object(one.clone())))
            .collect();
        let (mut map, mut meta) = (all, Meta::default());
        super::trim_bags(&mut map, MASSIVE, LARGER, &Place::root("extra"), &mut meta);
        assert_eq!(map["big00"].as_object().unwrap().len(), 37);
        assert_eq!(map["big00"]["key-36"].as_str().unwrap().len(), 76);
        assert_eq!(map.len(), 16);
        assert_eq!(meta.get(["extra"]).unwrap()["len"], 30);
    }

    #[test]
    fn pairs_are_cut() {
        let mut pairs: Vec<(String, String)> = (0..20).map(|index| (format!("{index:02}"), "x".repeat(100))).collect();
        let mut meta = Meta::default();
        super::trim_pairs(&mut pairs, SMALL, &Place::root("q"), &mut meta);
        assert_eq!(pairs.len(), 10);
        assert!(pairs[9].1.ends_with("x...") && pairs[8].1.len() == 100);
        assert_eq!(meta.get(["q"]).unwrap()["len"], 20);
        let once = pairs.clone();
        super::trim_pairs(&mut pairs, SMALL, &Place::root("q"), &mut meta);
        assert_eq!(pairs, once);
    }
}
