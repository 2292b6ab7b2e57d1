//! The options of signalling messages (RFC 8323, 5.3 to 5.6; RFC 8974, 2.2.1). A number means
//! something else under every code.

use super::{Code, Definition, Format, OptionNumber};

macro_rules! options {
    ($($($code:ident)|+: $number:literal $name:literal $key:literal $format:ident
        $shortest:literal $longest:literal $repeatable:literal;)*) => {
        /// Every signalling option with a definition here: a code that has it, and its number.
        pub const SIGNALLING_OPTIONS: &[(Code, OptionNumber)] =
            &[$($((Code::$code, OptionNumber($number)),)+)*];

        /// What is defined for the number under a signalling code.
        pub(super) const fn definition(code: Code, number: OptionNumber) -> Option<Definition> {
            match (code, number.0) {
                $(($(Code::$code)|+, $number) => Some(Definition {
                    name: $name,
                    key: $key,
                    format: Format::$format,
                    shortest: $shortest,
                    longest: $longest,
                    repeatable: $repeatable,
                }),)*
                _ => None,
            }
        }

        /// The option whose key in JSON forms is `key` under a signalling code.
        pub(super) fn from_key(code: Code, key: &str) -> Option<OptionNumber> {
            match (code, key) {
                $(($(Code::$code)|+, $key) => Some(OptionNumber($number)),)*
                _ => None,
            }
        }
    };
}

options! {
    CSM: 2 "Max-Message-Size" "max_message_size" Uint 0 4 false;
    CSM: 4 "Block-Wise-Transfer" "block_wise_transfer" Empty 0 0 false;
    CSM: 6 "Extended-Token-Length" "extended_token_length" Uint 0 3 false;
    PING | PONG: 2 "Custody" "custody" Empty 0 0 false;
    RELEASE: 2 "Alternative-Address" "alternative_address" String 1 255 true;
    RELEASE: 4 "Hold-Off" "hold_off" Uint 0 3 false;
    ABORT: 2 "Bad-CSM-Option" "bad_csm_option" Uint 0 2 false;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_means_something_else_under_every_code() {
        let name = |code: Code| OptionNumber(2).definition_in(code).map(|found| found.name);
        assert_eq!(name(Code::CSM), Some("Max-Message-Size"));
        assert_eq!(name(Code::PING), Some("Custody"));
        assert_eq!(name(Code::PONG), Some("Custody"));
        assert_eq!(name(Code::RELEASE), Some("Alternative-Address"));
        assert_eq!(name(Code::ABORT), Some("Bad-CSM-Option"));
        assert_eq!(name(Code(0xE6)), None);
        assert_eq!(name(Code::GET), None);
        // If-Match of requests is nothing in a CSM.
        assert_eq!(OptionNumber::IF_MATCH.definition_in(Code::CSM), None);
    }

    #[test]
    fn keys_lead_back_and_no_option_is_critical() {
        for &(code, number) in SIGNALLING_OPTIONS {
            let definition = number.definition_in(code).unwrap();
            assert_eq!(OptionNumber::from_key_in(code, definition.key), Some(number));
            let spelled = definition.name.to_lowercase().replace('-', "_");
            assert_eq!(definition.key, spelled);
            assert!(!number.is_critical());
        }
        assert_eq!(OptionNumber::from_key_in(Code::PING, "hold_off"), None);
        assert_eq!(OptionNumber::from_key_in(Code::CSM, "uri_path"), None);
    }
}
