/* What the benchmark calls of libcoap. A message is handled as the library handles those that it
 * receives and sends: in a PDU of its own, which is freed behind it. */

#include <coap3/coap.h>
#include <string.h>

/* Of an internal header; the library calls it before it sends. */
size_t coap_pdu_encode_header(coap_pdu_t *pdu, coap_proto_t proto);

struct option {
  uint16_t number;
  size_t length;
  const uint8_t *value;
};

static uint64_t sum_of(const uint8_t *bytes, size_t length) {
  return length + ((uint64_t)(length ? bytes[0] : 0) << 16);
}

static coap_pdu_t *parsed(const uint8_t *bytes, size_t length) {
  coap_pdu_t *pdu = coap_pdu_init(0, 0, 0, length);
  if (pdu && !coap_pdu_parse(COAP_PROTO_UDP, bytes, length, pdu)) {
    coap_delete_pdu(pdu);
    return NULL;
  }
  return pdu;
}

int libcoap_takes(const uint8_t *bytes, size_t length) {
  coap_pdu_t *pdu = parsed(bytes, length);
  if (!pdu) return 0;
  coap_delete_pdu(pdu);
  return 1;
}

/* Parses a message and adds up all that it holds; 0 if it is none. */
uint64_t libcoap_decode(const uint8_t *bytes, size_t length) {
  coap_pdu_t *pdu = parsed(bytes, length);
  if (!pdu) return 0;
  coap_bin_const_t token = coap_pdu_get_token(pdu);
  uint64_t sum = coap_pdu_get_type(pdu) + (uint8_t)coap_pdu_get_code(pdu) +
                 (uint16_t)coap_pdu_get_mid(pdu) + sum_of(token.s, token.length);
  coap_opt_iterator_t all;
  if (coap_option_iterator_init(pdu, &all, COAP_OPT_ALL)) {
    coap_opt_t *option;
    while ((option = coap_option_next(&all))) {
      sum += all.number + sum_of(coap_opt_value(option), coap_opt_length(option));
    }
  }
  size_t payload_length = 0;
  const uint8_t *payload = NULL;
  if (coap_get_data(pdu, &payload_length, &payload)) sum += sum_of(payload, payload_length);
  coap_delete_pdu(pdu);
  return sum;
}

/* Writes a message that has `length` bytes; 0 if it cannot. */
size_t libcoap_encode(uint8_t type, uint8_t code, uint16_t id, const uint8_t *token,
                      size_t token_length, const struct option *options, size_t count,
                      const uint8_t *payload, size_t payload_length, uint8_t *out, size_t length) {
  coap_pdu_t *pdu = coap_pdu_init(type, code, id, length);
  if (!pdu) return 0;
  int written = coap_add_token(pdu, token_length, token);
  for (size_t place = 0; written && place < count; place++) {
    const struct option *it = &options[place];
    written = coap_add_option(pdu, it->number, it->length, it->value) > 0;
  }
  if (written && payload_length) written = coap_add_data(pdu, payload_length, payload);
  size_t header = written ? coap_pdu_encode_header(pdu, COAP_PROTO_UDP) : 0;
  /* The header stands before the token. */
  if (header) memcpy(out, coap_pdu_get_token(pdu).s - header, length);
  coap_delete_pdu(pdu);
  return header ? length : 0;
}
