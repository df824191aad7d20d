use super::*;
use crate::event::Event;

#[test]
fn remarks_stand_beside_the_value() {
    let mut meta = Meta::default();
    meta.at(["extra", "y"])
        .remark(Remark::new("@creditcard:filter", RemarkKind::Substituted).between(4, 14))
        .original_length(24)
        .original_length(14);
    meta.at(["exception", "values"])
        .index(0)
        .key("value")
        .error("invalid_data")
        .error_with("invalid_data", json!({"reason": "expected a string"}))
        .original_value(&json!(5));
    let expected = json!({
        "extra": {"y": {"": {"rem": [["@creditcard:filter", "s", 4, 14]], "len": 24}}},
        "exception": {"values": {"0": {"value": {"": {
            "err": ["invalid_data", ["invalid_data", {"reason": "expected a string"}]], "val": 5
        }}}}},
    });
    assert_eq!(Value::Object(meta.as_object().clone()), expected);
    assert_eq!(meta.remarks(["extra", "y"])[0].range, Some((4, 14)));
    assert_eq!(meta.get(["exception", "values"]), None);
}

#[test]
fn what_sdks_sent_is_kept_as_far_as_it_is_valid() {
    let sent = json!({
        "": {"len": 4},
        "x": {"": {
            "rem": [["r", "s", 0, 1], ["bad"], ["q", "zz"], ["w", "x"], ["w", "x", 1], 5],
            "err": ["e", ["k", {"a": 1}], 3, ["z"]],
            "len": -1, "val": {"p": 1}, "foo": "bar",
        }},
        "y": {"z": {"": 5}},
        "w": 3,
    });
    let event = Event::from_json(json!({"_meta": sent})).unwrap();
    let expected = json!({
        "": {"len": 4},
        "x": {"": {"rem": [["r", "s", 0, 1], ["w", "x"]], "err": ["e", ["k", {"a": 1}]], "val": {"p": 1}}},
    });
    assert_eq!(Value::Object(event.meta.as_object().clone()), expected);
    assert!(event.errors.is_empty());
    assert!(Event::from_json(json!({"_meta": [1]})).unwrap().meta.is_empty());
}

#[test]
fn the_tree_is_bounded() {
    let mut meta = Meta::default();
    for index in 0..10_000 {
        meta.at(["list"]).index(index).error("e");
        meta.at(["one"]).remark(Remark::new("r", RemarkKind::Masked)).error("e");
    }
    assert_eq!(meta.as_object()["list"].as_object().unwrap().len(), MAX_NODES - 2);
    let one = meta.get(["one"]).unwrap();
    assert_eq!(one["rem"].as_array().unwrap().len(), MAX_REMARKS);
    assert_eq!(one["err"].as_array().unwrap().len(), MAX_ERRORS);
    let sent: Object = (0..10_000)
        .map(|index| (index.to_string(), json!({"": {"len": 1}})))
        .collect();
    assert_eq!(
        Meta::decode(sent.into(), &mut Decoder::default()).as_object().len(),
        MAX_NODES
    );
    meta.at(["one"]).original_value(&json!("x".repeat(1_000)));
    assert_eq!(meta.get(["one"]).unwrap().get("val"), None);
}

#[test]
fn fields_and_members_move_with_their_remarks() {
    let mut meta = Meta::default();
    meta.at(["logentry", "message"]).original_length(9);
    meta.rename(&["logentry", "message"], &["logentry", "formatted"]);
    for index in 0..3 {
        meta.at(["list"]).index(index).original_length(index);
    }
    meta.renumber(["list"], |old| old.checked_sub(1));
    meta.at(["gone"]).error("e");
    meta.remove(&["gone"]);
    let expected = json!({
        "logentry": {"formatted": {"": {"len": 9}}},
        "list": {"0": {"": {"len": 1}}, "1": {"": {"len": 2}}},
    });
    assert_eq!(Value::Object(meta.as_object().clone()), expected);
    assert_eq!(meta.nodes, 5);
}
