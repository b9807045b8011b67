import hashlib
import unittest

from odoo.addons.merchant_channel_taobao.core.signature import sign, signed, tmc_sign

SECRET = "helloworld"
CALL = {
    "app_key": "12345678",
    "fields": "num_iid,title,nick,price,num",
    "format": "json",
    "method": "taobao.item.seller.get",
    "num_iid": "11223344",
    "session": "test",
    "sign_method": "md5",
    "timestamp": "2016-01-01 12:00:00",
    "v": "2.0",
}
VECTORS = {
    "md5": "66987CB115214E59E6EC978214934FB8",
    "hmac": "D56D7858309C31B6251083A874D48273",
    "hmac-sha256": "04DB15AD0774D5CFCE2C837DE43E3FCEA9011ED74F3038FB6AB5F3C4CEA119E8",
}


class SignatureTest(unittest.TestCase):
    def test_the_published_example_and_its_companions(self):
        for method, expected in VECTORS.items():
            self.assertEqual(sign({**CALL, "sign_method": method}, SECRET, method), expected)

    def test_md5_is_what_is_meant_without_a_method(self):
        self.assertEqual(sign(CALL, SECRET), VECTORS["md5"])

    def test_blank_names_and_values_take_no_part(self):
        blanks = {"a": "", "b": None, "c": "  ", "": "x", " ": "y"}
        self.assertEqual(sign({**CALL, **blanks}, SECRET), VECTORS["md5"])

    def test_inner_and_trailing_blanks_of_a_value_are_signed_as_they_are(self):
        self.assertNotEqual(sign({**CALL, "session": "test "}, SECRET), VECTORS["md5"])

    def test_an_earlier_signature_and_files_take_no_part(self):
        self.assertEqual(sign({**CALL, "sign": "OLD", "refuse_proof": b"\x89PNG"}, SECRET), VECTORS["md5"])

    def test_names_are_in_byte_order_neither_folded_nor_translated(self):
        text = b"secret" + b"9iBx_yaz" + b"secret"
        expected = hashlib.md5(text).hexdigest().upper()
        self.assertEqual(sign({"a": "z", "_": "y", "B": "x", "9": "i"}, "secret"), expected)

    def test_numbers_are_signed_as_their_text(self):
        self.assertEqual(sign({**CALL, "num_iid": 11223344}, SECRET), VECTORS["md5"])

    def test_a_body_joins_before_the_trailing_secret(self):
        expected = hashlib.md5('sa1{"单":1}s'.encode()).hexdigest().upper()
        self.assertEqual(sign({"a": "1"}, "s", body='{"单":1}'), expected)
        self.assertEqual(sign({"a": "1"}, "s", body='{"单":1}'.encode()), expected)

    def test_chinese_text_is_signed_as_utf_8(self):
        expected = hashlib.md5("s备注加急s".encode()).hexdigest().upper()
        self.assertEqual(sign({"备注": "加急"}, "s"), expected)

    def test_an_unknown_method_is_refused(self):
        for method in ("", "MD5", "sha1", None):
            with self.assertRaises(ValueError):
                sign(CALL, SECRET, method)


class SendingTest(unittest.TestCase):
    def test_what_is_sent_is_what_was_signed(self):
        sent = signed({**CALL, "page_no": 2, "session": ""}, SECRET, "hmac-sha256")
        self.assertEqual(sent["sign"], sign(sent, SECRET, "hmac-sha256"))
        self.assertEqual((sent["sign_method"], sent["page_no"]), ("hmac-sha256", "2"))
        self.assertNotIn("session", sent)
        self.assertTrue(all(isinstance(value, str) and value.strip() for value in sent.values()))


class MessageChannelTest(unittest.TestCase):
    def test_the_handshake_signs_key_group_and_time(self):
        expected = hashlib.md5(b"sapp_key1group_namedefaulttimestamp1700000000000s").hexdigest().upper()
        self.assertEqual(tmc_sign("1", "default", 1700000000000, "s"), expected)


if __name__ == "__main__":
    unittest.main()
