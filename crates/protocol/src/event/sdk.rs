use super::{
    Object,
    decode::{decode_object, schema},
};

schema! {
    /// The SDK that made the event.
    pub struct Sdk {
        name "name" Option<String>;
        version "version" Option<String>;
        integrations "integrations" Vec<String>;
        features "features" Vec<String>;
        packages "packages" Vec<Package>;
        settings "settings" Object;
        client_ip "client_ip" Option<String>;
    }
}
decode_object!(Sdk);

schema! {
    pub struct Package {
        name "name" Option<String>;
        version "version" Option<String>;
    }
}
decode_object!(Package);
