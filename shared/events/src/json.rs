//! Lenient and strict forms of JSON values, for payloads of other senders.

use crate::DecodeError;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Unexpected, Visitor, value::MapAccessDeserializer},
};
use serde_json::value::RawValue;
use std::{collections::BTreeMap, fmt, marker::PhantomData, str::FromStr};

/// Parses `text` as a `T`; the error names the path of the faulty field.
pub(crate) fn read<'de, T: Deserialize<'de>>(
    what: &'static str,
    text: &'de [u8],
) -> Result<T, DecodeError> {
    serde_json::from_slice(text).map_err(|fault| {
        // Keeping the path costs time, so only a text that is known to be bad
        // is read with it.
        let mut again = serde_json::Deserializer::from_slice(text);
        let located = serde_path_to_error::deserialize::<_, T>(&mut again)
            .err()
            .filter(|located| located.path().iter().len() > 0);
        match located {
            Some(located) => DecodeError::new(what, located),
            None => DecodeError::new(what, fault),
        }
    })
}

/// A `T` from a JSON object only: serde would accept an array for a struct.
pub(crate) struct JsonObject<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for JsonObject<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct JsonObjectVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for JsonObjectVisitor<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }
        from.deserialize_map(JsonObjectVisitor(PhantomData))
            .map(Self)
    }
}

/// An object with arbitrary keys. Duplicate keys are an error, because senders
/// and readers disagree on which one counts.
pub(crate) struct UniqueKeys<V>(pub(crate) BTreeMap<String, V>);

/// An object whose values are not parsed.
pub(crate) type RawObject<'a> = UniqueKeys<&'a RawValue>;

impl<'de, V: Deserialize<'de>> Deserialize<'de> for UniqueKeys<V> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct UniqueKeysVisitor<V>(PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for UniqueKeysVisitor<V> {
            type Value = BTreeMap<String, V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut all = BTreeMap::new();
                while let Some((key, value)) = map.next_entry::<String, V>()? {
                    if all.contains_key(&key) {
                        return Err(A::Error::custom(format_args!("duplicate key {key:?}")));
                    }
                    all.insert(key, value);
                }
                Ok(all)
            }
        }
        from.deserialize_map(UniqueKeysVisitor(PhantomData))
            .map(Self)
    }
}

/// An integer, or a string of one, as proto3's JSON writes 64-bit integers.
pub(crate) fn optional_integer<'de, D: Deserializer<'de>, T>(from: D) -> Result<Option<T>, D::Error>
where
    T: TryFrom<u64> + TryFrom<i64> + FromStr,
{
    struct IntegerVisitor<T>(PhantomData<T>);
    impl<T: TryFrom<u64> + TryFrom<i64> + FromStr> Visitor<'_> for IntegerVisitor<T> {
        type Value = Option<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a whole number in range, or one as a string")
        }

        fn visit_u64<E: Error>(self, n: u64) -> Result<Self::Value, E> {
            let out = |_| E::invalid_value(Unexpected::Unsigned(n), &self);
            T::try_from(n).map(Some).map_err(out)
        }

        fn visit_i64<E: Error>(self, n: i64) -> Result<Self::Value, E> {
            let out = |_| E::invalid_value(Unexpected::Signed(n), &self);
            T::try_from(n).map(Some).map_err(out)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
            let out = |_| E::invalid_value(Unexpected::Str(text), &self);
            text.parse().map(Some).map_err(out)
        }

        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
    }
    from.deserialize_any(IntegerVisitor(PhantomData))
}

/// The name or the number of a protobuf enum value, as text.
pub(crate) struct EnumValue(pub(crate) String);

impl<'de> Deserialize<'de> for EnumValue {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct EnumValueVisitor;
        impl Visitor<'_> for EnumValueVisitor {
            type Value = EnumValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an enum's name or number")
            }

            fn visit_u64<E: Error>(self, n: u64) -> Result<EnumValue, E> {
                Ok(EnumValue(n.to_string()))
            }

            fn visit_i64<E: Error>(self, n: i64) -> Result<EnumValue, E> {
                Ok(EnumValue(n.to_string()))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<EnumValue, E> {
                Ok(EnumValue(text.to_owned()))
            }
        }
        from.deserialize_any(EnumValueVisitor)
    }
}

/// Declares an enum of a protobuf API. It is read from a name or a number;
/// a value that is not declared is kept as `Other`.
macro_rules! proto_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$what:meta])* $variant:ident = $text:literal $number:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
        #[serde(from = "crate::json::EnumValue")]
        pub enum $name {
            $($(#[$what])* $variant,)+
            /// A value that this version does not know, as received.
            Other(String),
        }

        impl $name {
            /// The value's name in the API.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<crate::json::EnumValue> for $name {
            fn from(value: crate::json::EnumValue) -> Self {
                match value.0.as_str() {
                    $($text | $number => Self::$variant,)+
                    _ => Self::Other(value.0),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use proto_enum;
