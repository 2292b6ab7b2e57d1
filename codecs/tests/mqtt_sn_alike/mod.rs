//! What the vectors and the laws of MQTT-SN 1.2 and of the 2.0 draft have alike. The codec's items
//! are those that the file that uses a macro has imported.
#![allow(unused_macros, unused_imports, reason = "each test file uses one of them")]

/// The tests that every set of vectors passes; a server of the protocol is called `$word` in them.
macro_rules! vector_tests {
    ($server:ident, $word:literal) => {
        fn those(valid: bool) -> Vec<Value> {
            let all = data::vectors(NAME).into_iter();
            all.filter(|vector| vector["valid"] == valid).collect()
        }

        fn context(vector: &Value) -> Context {
            let mut ctx = Context::new(match vector["from"].as_str() {
                Some("client") => Party::Client,
                Some($word) => Party::$server,
                other => panic!("{other:?} sends nothing"),
            });
            let profile = &vector["profile"];
            ctx.profile.datagram = profile["datagram"] == true;
            if let Some(size) = profile["maximum_message_size"].as_u64() {
                ctx.limits.maximum_message_size = size as usize;
            }
            if let Some(count) = profile["maximum_encapsulations"].as_u64() {
                ctx.limits.maximum_encapsulations = count as u8;
            }
            ctx
        }

        #[test]
        fn valid_vectors_decode_and_round_trip() {
            for vector in those(true) {
                let (id, ctx, bytes) = (id(&vector), context(&vector), bytes(&vector));
                let found = envelope(&bytes, &ctx);
                assert_eq!(found["message"], vector["message"], "{id}: {found}");
                let (kind, form) = found["message"].as_object().unwrap().iter().next().unwrap();
                let known = fields_of(kind).unwrap();
                for field in form.as_object().unwrap().keys() {
                    assert!(known.contains(&&**field), "{id}: {field}");
                }
                let notes: Vec<_> =
                    found["notes"].as_array().unwrap().iter().map(|note| note["note"].clone()).collect();
                let expected = vector["notes"].as_array().cloned().unwrap_or_default();
                assert_eq!(notes, expected, "{id}");
                let behind = expected.contains(&"bytes-behind-message".into());
                assert_eq!(found["used"] == bytes.len(), !behind, "{id}");

                let Ok(Decoded::Complete { message, used }) = decode(&bytes, &ctx) else { panic!("{id}") };
                let mut buffer = vec![0; bytes.len()];
                let length = message.encode(&mut buffer, &ctx).unwrap();
                let canonical = vector.get("canonical_hex").unwrap_or(&vector["hex"]);
                assert_eq!(canonical, &to_hex(&buffer[..length]), "{id}");
                assert_eq!(canonical, &to_hex(&encode(&vector["message"]).unwrap()), "{id}");
                if let Some(canonical) = vector.get("canonical_hex") {
                    assert_ne!(canonical, &vector["hex"], "{id}: nothing to say");
                }
                spans_cover(&bytes[..used], &ctx);
                if !ctx.profile.datagram {
                    prefixes(&bytes, &ctx);
                }
            }
        }

        #[test]
        fn invalid_vectors_are_refused_as_they_say() {
            for vector in those(false) {
                let (id, ctx, bytes) = (id(&vector), context(&vector), bytes(&vector));
                let found = envelope(&bytes, &ctx);
                let error = &found["error"];
                for key in ["kind", "at", "field"] {
                    assert_eq!(error[key], vector["error"][key], "{id}: {found}");
                }
                let also = vector["also"].as_array().cloned().unwrap_or_default();
                let cited = error.get("requirement");
                assert!(
                    cited.is_none_or(|cited| *cited == vector["requirement"] || also.contains(cited)),
                    "{id}: the codec cites {cited:?}"
                );
                assert!(cited.is_some() || vector.get("requirement").is_none(), "{id}: nothing is cited");
                judged(&bytes, &ctx);
            }
        }

        #[test]
        fn ids_are_unique_and_twins_are_valid() {
            let mut valid = BTreeMap::new();
            for vector in data::vectors(NAME) {
                let id = id(&vector).to_string();
                assert!(valid.insert(id.clone(), vector["valid"] == true).is_none(), "{id} twice");
            }
            for vector in those(false) {
                let twin = vector["twin"].as_str().unwrap();
                assert_eq!(valid.get(twin), Some(&true), "{}: {twin}", id(&vector));
            }
        }

        #[test]
        fn every_error_kind_has_a_vector() {
            let seen: BTreeSet<_> = those(false)
                .iter()
                .map(|vector| {
                    ErrorKind::from_name(vector["error"]["kind"].as_str().unwrap()).unwrap().name()
                })
                .collect();
            assert_eq!(seen, ErrorKind::ALL.iter().map(|kind| kind.name()).collect());
        }
    };
}
pub(crate) use vector_tests;

/// The laws on generated messages, of as many types as `$kind` has.
macro_rules! law_tests {
    ($server:ident, $kind:ident) => {
        fn parties() -> impl Strategy<Value = Party> {
            prop_oneof![Just(Party::Client), Just(Party::$server), Just(Party::Either)]
        }

        fn valid() -> impl Strategy<Value = (Party, Value)> {
            parties().prop_flat_map(|from| strategy(from, Taste::Valid).prop_map(move |form| (from, form)))
        }

        fn wild() -> impl Strategy<Value = (Party, Value)> {
            parties().prop_flat_map(|from| strategy(from, Taste::Wild).prop_map(move |form| (from, form)))
        }

        fn context(from: Party, datagram: bool) -> Context {
            let mut ctx = Context::new(from);
            ctx.profile.datagram = datagram;
            ctx
        }

        proptest! {
            #[test]
            fn valid_messages_round_trip((from, form) in valid()) {
                let bytes = encode(&form).unwrap();
                let ctx = Context::new(from);
                round_trip(&bytes, &ctx);
                prefixes(&bytes, &ctx);
                spans_cover(&bytes, &ctx);
            }

            #[test]
            fn wild_messages_are_judged((from, form) in wild(), datagram: bool) {
                if let Ok(bytes) = encode(&form) {
                    judged(&bytes, &context(from, datagram));
                }
            }

            #[test]
            fn every_single_byte_change_is_judged((from, form) in valid(), value: u8, datagram: bool) {
                let mut bytes = encode(&form).unwrap();
                for at in 0..bytes.len() {
                    let kept = std::mem::replace(&mut bytes[at], value);
                    judged(&bytes, &context(from, datagram));
                    bytes[at] = kept;
                }
            }

            #[test]
            fn any_bytes_are_judged(from in parties(), bytes: Vec<u8>, datagram: bool) {
                judged(&bytes, &context(from, datagram));
            }
        }

        #[test]
        fn generators_reach_every_message_type() {
            use proptest::strategy::ValueTree;
            let mut runner = proptest::test_runner::TestRunner::deterministic();
            for taste in [Taste::Valid, Taste::Wild] {
                let mut seen = std::collections::BTreeSet::<String>::new();
                for _ in 0..5_000 {
                    let form = strategy(Party::Either, taste).new_tree(&mut runner).unwrap().current();
                    seen.extend(form.as_object().unwrap().keys().cloned());
                }
                assert_eq!(seen.len(), $kind::ALL.len(), "{seen:?}");
            }
        }

        #[test]
        fn all_headers_are_judged() {
            for first in 0..=255 {
                for second in 0..=255 {
                    for from in [Party::Client, Party::$server] {
                        judged(&[first, second], &context(from, true));
                        judged(&[first, second, 0, 0, 0, 1, 0x61, 0x62], &context(from, false));
                    }
                }
            }
        }
    };
}
pub(crate) use law_tests;
