use proptest::prelude::*;

use super::*;

/// As `payloads` builds it.
fn block(payloads: &[Vec<u8>]) -> (Vec<u8>, Vec<u32>) {
    let lengths: Vec<u32> = payloads.iter().map(|payload| payload.len() as u32).collect();
    let mut block = payloads.concat();
    for length in lengths.iter().chain([&(lengths.len() as u32)]) {
        block.extend_from_slice(&length.to_le_bytes());
    }
    (block, lengths)
}

fn packed(payloads: &[Vec<u8>]) -> (Vec<u8>, Vec<u8>) {
    let (block, lengths) = block(payloads);
    let packed = Packer::new(Packing::Small).unwrap().pack(&block, &lengths).unwrap();
    (block, packed)
}

#[track_caller]
fn comes_back(payloads: &[&str], separated: bool) {
    let payloads: Vec<Vec<u8>> = payloads.iter().map(|payload| payload.as_bytes().to_vec()).collect();
    let (block, packed) = packed(&payloads);
    assert_eq!(packed[0], if separated { SEPARATED } else { PLAIN });
    assert!(is_small(&packed));
    assert_eq!(unpack(&packed, block.len()).unwrap(), block);
}

#[test]
fn payloads_come_back() {
    comes_back(&[], true);
    comes_back(&[""], true);
    comes_back(&["", "1", "", "x", "1x", "é1é"], true);
    comes_back(
        &[
            r#"{"id":"3f9a","line":12,"at":"2026-11-21T10:00:00.5Z"}"#,
            r#"{"id":"77","line":12,"at":"2026-11-21T10:00:01Z"}"#,
        ],
        true,
    );
    comes_back(&[&"7".repeat(MAX_VALUE_BYTES), &"7".repeat(MAX_VALUE_BYTES + 1)], true);
    // What has the signs of the skeleton is packed as it is.
    comes_back(&["a1\u{1}b"], false);
    comes_back(&["a1", "\u{2}"], false);
}

#[test]
fn packers_are_used_again() {
    let mut packer = Packer::new(Packing::Small).unwrap();
    let mut fast = Packer::new(Packing::Fast).unwrap();
    for round in 0..3 {
        let payloads: Vec<_> = (0..20)
            .map(|row| format!(r#"{{"a":{row},"b{round}":"{}"}}"#, row * round).into_bytes())
            .collect();
        let (block, lengths) = block(&payloads);
        let packed = packer.pack(&block, &lengths).unwrap();
        assert_eq!(unpack(&packed, block.len()).unwrap(), block);
        assert!(is_small(&packed));
        let plain = fast.pack(&block, &lengths).unwrap();
        assert!(!is_small(&plain));
        assert_eq!(unpack(&plain, block.len()).unwrap(), block);
    }
}

#[test]
fn events_that_differ_in_values_become_small() {
    let mut load = testkit::load::Load::with_issues(1, 1);
    let payloads: Vec<_> = (0..25).map(|second| load.event(1.7e9 + f64::from(second))).collect();
    let (block, lengths) = block(&payloads);
    let [packed, plain] =
        [Packing::Small, Packing::Fast].map(|packing| Packer::new(packing).unwrap().pack(&block, &lengths).unwrap());
    assert_eq!(packed[0], SEPARATED);
    assert_eq!(unpack(&packed, block.len()).unwrap(), block);
    assert!(
        packed.len() * 10 < plain.len() * 8,
        "{} instead of {}",
        packed.len(),
        plain.len()
    );
}

fn payload() -> impl Strategy<Value = Vec<u8>> {
    let json = "(\\{\"[a-z]{1,3}\":([0-9]{1,5}|\"[0-9a-f]{0,40}\"|\"[ -~]{0,20}\")\\}){0,4}";
    prop_oneof![
        8 => json.prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..200),
    ]
}

#[test]
fn a_block_of_which_nothing_is_left_is_an_error() {
    let (block, packed) = packed(&[b"{\"a\": 1}".to_vec()]);
    for cut in [0, 1] {
        assert!(unpack(&packed[..cut], block.len()).is_err(), "{cut}");
    }
    assert!(unpack(&[PLAIN], block.len()).is_err());
}

proptest! {
    #[test]
    fn anything_comes_back(payloads in prop::collection::vec(payload(), 0..12)) {
        let (block, packed) = packed(&payloads);
        prop_assert_eq!(unpack(&packed, block.len()).unwrap(), block);
    }

    /// A checksum is none of the format: what is damaged is an error or another block of the same length, never a panic
    /// or more memory than the block has.
    #[test]
    fn damage_is_an_error_or_another_block(
        payloads in prop::collection::vec(payload(), 1..6),
        at in any::<prop::sample::Index>(),
        to in any::<u8>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let (block, mut packed) = packed(&payloads);
        let cut = cut.index(packed.len());
        if let Ok(other) = unpack(&packed[..cut], block.len()) {
            prop_assert_eq!(other.len(), block.len());
        }
        let at = at.index(packed.len());
        packed[at] = to;
        if let Ok(other) = unpack(&packed, block.len()) {
            prop_assert_eq!(other.len(), block.len());
        }
    }
}
