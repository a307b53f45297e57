import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isSnapstateError } from "../../../core/errors";
import { element, escapeXml, list, parseXml, text, type XmlElement, xsiType } from "./xml";

const XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';

function parse(inner: string): XmlElement {
  return parseXml(
    `<?xml version="1.0"?><S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/" ${XSI}><S:Body>${inner}</S:Body></S:Envelope>`,
    "read",
  );
}

function chain(levels: number): string {
  let inner = "";
  for (let level = levels; level > 0; level--) {
    inner = `<childSnapshotList><snapshot type="VirtualMachineSnapshot">snapshot-${level}</snapshot><name>n${level}</name>${inner}</childSnapshotList>`;
  }
  return inner;
}

function refused(xml: string): void {
  assert.throws(
    () => parseXml(xml, "read"),
    (error) => isSnapstateError(error, "protocol"),
    xml.slice(0, 60),
  );
}

describe("parsing vim25 replies", () => {
  it("keeps texts that look like numbers, or that begin or end in space", () => {
    for (const kept of ["007", "1e5", "0x1F", " x ", "1.0", "true", "-0", "", "   ", "\n"]) {
      assert.equal(text(parse(`<name>${kept}</name>`).name), kept);
    }
    assert.equal(text(element(parse('<a type="007"/>').a)?.["@type"]), "007");
  });

  it("decodes character references", () => {
    assert.equal(
      text(parse("<d>a&#xA;b&#x9;c&#34;d&#13;e &amp;lt; &lt;&#128512;&apos;</d>").d),
      "a\nb\tc\"d\re &lt; <😀'",
    );
    assert.equal(text(element(parse('<a b="&#34;&amp;#34;"/>').a)?.["@b"]), '"&#34;');
  });

  it("decodes more of them than any limit of the parser's", () => {
    assert.equal(text(parse(`<d>${"&#xA;&lt;".repeat(20_000)}</d>`).d), "\n<".repeat(20_000));
  });

  it("finds xsi:type by any prefix, beside a reference's own type", () => {
    for (const prefix of ["xsi", "_XMLSchema-instance", "ns2"]) {
      const { v } = parse(`<v type="VirtualMachine" ${prefix}:type="vim25:ManagedObjectReference">vm-1</v>`);
      assert.equal(xsiType(v), "ManagedObjectReference");
      assert.equal(text(element(v)?.["@type"]), "VirtualMachine");
      assert.equal(text(v), "vm-1");
    }
    assert.equal(xsiType(parse('<v type="VirtualMachine">vm-1</v>').v), undefined);
  });

  it("makes a list of one element, and of none", () => {
    const { a } = parse('<a><propSet><name>x</name></propSet></a><b xsi:type="ArrayOfManagedObjectReference"/>');
    assert.equal(list(element(a)?.propSet).length, 1);
    assert.deepEqual(list(undefined), []);
    assert.deepEqual(list(""), []);
  });

  for (const levels of [40, 150]) {
    it(`reads a chain of ${levels} snapshots`, () => {
      let found = 0;
      let node: XmlElement | undefined = parse(chain(levels));
      while (node?.childSnapshotList !== undefined) {
        node = element(list(node.childSnapshotList)[0]);
        assert.equal(text(node?.name), `n${++found}`);
      }
      assert.equal(found, levels);
    });
  }

  it("refuses a document type, and so every entity of the sender's", () => {
    refused('<!DOCTYPE a [<!ENTITY x "y">]><Envelope><Body>&x;</Body></Envelope>');
    refused("<!doctype html><html></html>");
    const bomb = Array.from({ length: 12 }, (_, n) => `<!ENTITY e${n + 1} "${`&e${n};`.repeat(10)}">`).join("");
    refused(`<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY e0 "lol">${bomb}]><Envelope><Body>&e12;</Body></Envelope>`);
  });

  it("takes a text that only looks like a document type as text", () => {
    assert.equal(text(parse("<d>&lt;!DOCTYPE x></d>").d), "<!DOCTYPE x>");
  });

  it("refuses garbage", () => {
    const cut = "<Envelope><Body><a>1</a>";
    for (const xml of [
      "",
      "garbage",
      "{}",
      "<html></html>",
      "<Envelope></Envelope>",
      cut,
      `${cut}</Body>`,
      "<a></b>",
    ]) {
      refused(xml);
    }
  });

  it("refuses what is not well-formed, and entities that nobody defined", () => {
    const wrapped = (inner: string) => `<Envelope><Body>${inner}</Body></Envelope>`;
    for (const inner of [
      ...[
        "<a><b></a></b>",
        "<a>",
        "</a>",
        "<a b=1/>",
        "<a b/>",
        "<a",
        "<>",
        "< a/>",
        "<a><!-- x</a>",
        "<a><![CDATA[x</a>",
      ],
      ...[
        "<a>&</a>",
        "<a>&x;</a>",
        "<a>&amp</a>",
        "<a>]]></a>",
        "<a>&#g;</a>",
        "<a>&#xD800;</a>",
        "<toString/>",
        "<a><__proto__/></a>",
      ],
    ]) {
      refused(wrapped(inner));
    }
    refused(`${wrapped("")}${wrapped("")}`);
    refused(`x${wrapped("")}`);
  });

  it("refuses every reply that was cut", () => {
    const whole = '<Envelope><Body><a b="1">x &amp; y<c/><![CDATA[z]]></a></Body></Envelope>';
    for (let end = 0; end < whole.length; end++) refused(whole.slice(0, end));
    assert.equal(text(parseXml(whole, "read").a), "x & yz");
  });

  it("refuses elements in elements beyond 1000 levels", () => {
    const nested = (levels: number) => `${"<a>".repeat(levels)}${"</a>".repeat(levels)}`;
    parse(nested(990));
    for (const levels of [1001, 100_000]) refused(`<Envelope><Body>${nested(levels)}</Body></Envelope>`);
  });

  it("reads a reply in which one text has characters that XML cannot carry", () => {
    for (const odd of ["&#1;", "&#x0;", "&#31;", "&#x1F;", "\u0001", "\ufffe"]) {
      assert.equal(text(parse(`<name>a${odd}b</name><id>vm-1</id>`).id), "vm-1", JSON.stringify(odd));
    }
  });

  it("joins what text and sections make up, and keeps elements of one name in their order", () => {
    const { a } = parse("<a>x<![CDATA[<&>]]>y<!-- note --></a>");
    assert.equal(text(a), "x<&>y");
    assert.deepEqual(parse("<r><n>1</n><m/><n>2</n><n>3</n></r>").r, { n: ["1", "2", "3"], m: "" });
  });

  it("keeps a name such as __proto__ from reaching any prototype", () => {
    try {
      parse("<__proto__><polluted>1</polluted></__proto__><constructor>1</constructor>");
    } catch (error) {
      assert.ok(isSnapstateError(error, "protocol"));
    }
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
  });
});

describe("writing texts", () => {
  it("refuses what XML 1.0 cannot carry, and says nothing of the text", () => {
    for (const code of [0, 1, 8, 0xb, 0xc, 0xe, 0x1f, 0xfffe, 0xffff]) {
      assert.throws(
        () => escapeXml(`secret${String.fromCharCode(code)}`),
        (error) => isSnapstateError(error, "bad-input") && !error.message.includes("secret"),
      );
    }
    assert.equal(escapeXml("\t\n"), "\t\n");
  });

  it("refuses half of a surrogate pair, which the wire would turn into another character", () => {
    for (const half of ["\ud83d", "\ude00", "a\ude00\ud83db"]) {
      assert.throws(
        () => escapeXml(half),
        (error) => isSnapstateError(error, "bad-input"),
      );
    }
    assert.equal(escapeXml("😀"), "😀");
  });

  it("comes back through the parser as it was", () => {
    const writable = fc
      .oneof(fc.string({ unit: "binary" }), fc.string({ unit: fc.constantFrom(..."&<>\"'\r\n\t #;x13lt0]") }))
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the characters that XML 1.0 cannot carry
      .filter((value) => !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(value));
    fc.assert(
      fc.property(writable, (value) => {
        assert.equal(text(parse(`<d>${escapeXml(value)}</d>`).d), value);
        assert.equal(
          text(element(parse(`<d a="${escapeXml(value).replace(/[\t\n]/g, "")}"/>`).d)?.["@a"]),
          value.replace(/[\t\n]/g, ""),
        );
      }),
      { numRuns: 500 },
    );
  });
});
