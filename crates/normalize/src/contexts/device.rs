//! Devices: the names that people know Android's models by.

use protocol::event::Object;

use super::{set, text};

pub(super) fn normalize(context: &mut Object) {
    if text(context, "name").is_none()
        && let Some(name) = text(context, "model").and_then(name).map(str::to_owned)
    {
        set(context, "name", &name);
    }
}

fn name(model: &str) -> Option<&str> {
    if model.starts_with("Pixel") {
        // Google's are called by their names.
        return Some(model);
    }
    // A letter or more behind the number tell the market.
    let number = model.strip_prefix("SM-")?.get(..4)?;
    let index = SAMSUNG.binary_search_by_key(&number, |(number, _)| number).ok()?;
    Some(SAMSUNG[index].1)
}

/// The number of a model without the letters of its market, and its name; sorted by number.
const SAMSUNG: [(&str, &str); 146] = [
    ("A013", "Galaxy A01 Core"),
    ("A015", "Galaxy A01"),
    ("A022", "Galaxy A02"),
    ("A025", "Galaxy A02s"),
    ("A032", "Galaxy A03 Core"),
    ("A035", "Galaxy A03"),
    ("A037", "Galaxy A03s"),
    ("A042", "Galaxy A04e"),
    ("A045", "Galaxy A04"),
    ("A047", "Galaxy A04s"),
    ("A055", "Galaxy A05"),
    ("A057", "Galaxy A05s"),
    ("A065", "Galaxy A06"),
    ("A105", "Galaxy A10"),
    ("A107", "Galaxy A10s"),
    ("A115", "Galaxy A11"),
    ("A125", "Galaxy A12"),
    ("A127", "Galaxy A12 Nacho"),
    ("A135", "Galaxy A13"),
    ("A136", "Galaxy A13 5G"),
    ("A145", "Galaxy A14"),
    ("A146", "Galaxy A14 5G"),
    ("A155", "Galaxy A15"),
    ("A156", "Galaxy A15 5G"),
    ("A165", "Galaxy A16"),
    ("A166", "Galaxy A16 5G"),
    ("A202", "Galaxy A20e"),
    ("A205", "Galaxy A20"),
    ("A207", "Galaxy A20s"),
    ("A215", "Galaxy A21"),
    ("A217", "Galaxy A21s"),
    ("A225", "Galaxy A22"),
    ("A226", "Galaxy A22 5G"),
    ("A235", "Galaxy A23"),
    ("A236", "Galaxy A23 5G"),
    ("A245", "Galaxy A24"),
    ("A256", "Galaxy A25 5G"),
    ("A305", "Galaxy A30"),
    ("A307", "Galaxy A30s"),
    ("A315", "Galaxy A31"),
    ("A325", "Galaxy A32"),
    ("A326", "Galaxy A32 5G"),
    ("A336", "Galaxy A33 5G"),
    ("A346", "Galaxy A34 5G"),
    ("A356", "Galaxy A35 5G"),
    ("A405", "Galaxy A40"),
    ("A415", "Galaxy A41"),
    ("A426", "Galaxy A42 5G"),
    ("A505", "Galaxy A50"),
    ("A507", "Galaxy A50s"),
    ("A515", "Galaxy A51"),
    ("A516", "Galaxy A51 5G"),
    ("A525", "Galaxy A52"),
    ("A526", "Galaxy A52 5G"),
    ("A528", "Galaxy A52s 5G"),
    ("A536", "Galaxy A53 5G"),
    ("A546", "Galaxy A54 5G"),
    ("A556", "Galaxy A55 5G"),
    ("A705", "Galaxy A70"),
    ("A715", "Galaxy A71"),
    ("A716", "Galaxy A71 5G"),
    ("A725", "Galaxy A72"),
    ("A736", "Galaxy A73 5G"),
    ("A805", "Galaxy A80"),
    ("F711", "Galaxy Z Flip3 5G"),
    ("F721", "Galaxy Z Flip4"),
    ("F731", "Galaxy Z Flip5"),
    ("F741", "Galaxy Z Flip6"),
    ("F916", "Galaxy Z Fold2 5G"),
    ("F926", "Galaxy Z Fold3 5G"),
    ("F936", "Galaxy Z Fold4"),
    ("F946", "Galaxy Z Fold5"),
    ("F956", "Galaxy Z Fold6"),
    ("G780", "Galaxy S20 FE"),
    ("G781", "Galaxy S20 FE 5G"),
    ("G920", "Galaxy S6"),
    ("G925", "Galaxy S6 edge"),
    ("G930", "Galaxy S7"),
    ("G935", "Galaxy S7 edge"),
    ("G950", "Galaxy S8"),
    ("G955", "Galaxy S8+"),
    ("G960", "Galaxy S9"),
    ("G965", "Galaxy S9+"),
    ("G970", "Galaxy S10e"),
    ("G973", "Galaxy S10"),
    ("G975", "Galaxy S10+"),
    ("G977", "Galaxy S10 5G"),
    ("G980", "Galaxy S20"),
    ("G981", "Galaxy S20 5G"),
    ("G985", "Galaxy S20+"),
    ("G986", "Galaxy S20+ 5G"),
    ("G988", "Galaxy S20 Ultra 5G"),
    ("G990", "Galaxy S21 FE 5G"),
    ("G991", "Galaxy S21 5G"),
    ("G996", "Galaxy S21+ 5G"),
    ("G998", "Galaxy S21 Ultra 5G"),
    ("M115", "Galaxy M11"),
    ("M127", "Galaxy M12"),
    ("M135", "Galaxy M13"),
    ("M215", "Galaxy M21"),
    ("M225", "Galaxy M22"),
    ("M236", "Galaxy M23"),
    ("M315", "Galaxy M31"),
    ("M325", "Galaxy M32"),
    ("M336", "Galaxy M33 5G"),
    ("M346", "Galaxy M34 5G"),
    ("M515", "Galaxy M51"),
    ("M526", "Galaxy M52 5G"),
    ("M536", "Galaxy M53 5G"),
    ("M546", "Galaxy M54 5G"),
    ("N950", "Galaxy Note8"),
    ("N960", "Galaxy Note9"),
    ("N970", "Galaxy Note10"),
    ("N975", "Galaxy Note10+"),
    ("N976", "Galaxy Note10+ 5G"),
    ("N980", "Galaxy Note20"),
    ("N981", "Galaxy Note20 5G"),
    ("N985", "Galaxy Note20 Ultra"),
    ("N986", "Galaxy Note20 Ultra 5G"),
    ("S711", "Galaxy S23 FE"),
    ("S721", "Galaxy S24 FE"),
    ("S901", "Galaxy S22"),
    ("S906", "Galaxy S22+"),
    ("S908", "Galaxy S22 Ultra"),
    ("S911", "Galaxy S23"),
    ("S916", "Galaxy S23+"),
    ("S918", "Galaxy S23 Ultra"),
    ("S921", "Galaxy S24"),
    ("S926", "Galaxy S24+"),
    ("S928", "Galaxy S24 Ultra"),
    ("S931", "Galaxy S25"),
    ("S936", "Galaxy S25+"),
    ("S938", "Galaxy S25 Ultra"),
    ("T220", "Galaxy Tab A7 Lite"),
    ("T290", "Galaxy Tab A 8.0"),
    ("T500", "Galaxy Tab A7"),
    ("T510", "Galaxy Tab A 10.1"),
    ("T720", "Galaxy Tab S5e"),
    ("T870", "Galaxy Tab S7"),
    ("T970", "Galaxy Tab S7+"),
    ("X200", "Galaxy Tab A8"),
    ("X210", "Galaxy Tab A9+"),
    ("X700", "Galaxy Tab S8"),
    ("X710", "Galaxy Tab S9"),
    ("X800", "Galaxy Tab S8+"),
    ("X810", "Galaxy Tab S9+"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_have_names() {
        assert!(SAMSUNG.is_sorted_by_key(|(number, _)| number));
        for (model, expected) in [
            ("SM-G998B", Some("Galaxy S21 Ultra 5G")),
            ("SM-A515F", Some("Galaxy A51")),
            ("SM-S918U1", Some("Galaxy S23 Ultra")),
            ("Pixel 7 Pro", Some("Pixel 7 Pro")),
            ("SM-", None),
            ("SM-Gé98", None),
            ("SM-Z999X", None),
            ("iPhone14,2", None),
            ("", None),
        ] {
            assert_eq!(name(model), expected, "{model}");
        }
        let mut own = serde_json::json!({"name": "mine", "model": "SM-G998B"})
            .as_object()
            .unwrap()
            .clone();
        normalize(&mut own);
        assert_eq!(own["name"], "mine");
    }
}
