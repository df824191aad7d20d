use super::{
    Object,
    decode::{decode_object, schema},
    shape::sdk_settings,
    text::ip_address,
};

schema! {
    /// The SDK that made the event.
    pub struct Sdk kind SDK {
        name "name" Option<String>, pii false;
        version "version" Option<String>, pii false;
        integrations "integrations" Vec<String>, pii false;
        features "features" Vec<String>, pii false;
        packages "packages" Vec<Package>;
        settings "settings" Object, by sdk_settings, pii false;
        client_ip "client_ip" Option<String>, by ip_address;
    }
}
decode_object!(Sdk);

schema! {
    pub struct Package {
        name "name" Option<String>, pii false;
        version "version" Option<String>, pii false;
    }
}
decode_object!(Package);
