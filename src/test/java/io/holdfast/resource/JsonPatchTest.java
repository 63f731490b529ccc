package io.holdfast.resource;

import static io.holdfast.resource.Patching.bytes;
import static io.holdfast.resource.Patching.conflict;
import static io.holdfast.resource.Patching.patch;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.resource.Patch.Kind;
import io.holdfast.resource.Patch.Outcome;
import io.holdfast.resource.Patch.Reading;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tables are written with apostrophes for quotation marks. */
class JsonPatchTest {
  @ParameterizedTest(name = "RFC 6902, appendix {0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "A.1  | {'foo':'bar'} | {'op':'add','path':'/baz','value':'qux'} |"
            + " {'foo':'bar','baz':'qux'}",
        "A.2  | {'foo':['bar','baz']} | {'op':'add','path':'/foo/1','value':'qux'} |"
            + " {'foo':['bar','qux','baz']}",
        "A.3  | {'baz':'qux','foo':'bar'} | {'op':'remove','path':'/baz'} | {'foo':'bar'}",
        "A.4  | {'foo':['bar','qux','baz']} | {'op':'remove','path':'/foo/1'} |"
            + " {'foo':['bar','baz']}",
        "A.5  | {'baz':'qux','foo':'bar'} | {'op':'replace','path':'/baz','value':'boo'} |"
            + " {'baz':'boo','foo':'bar'}",
        "A.6  | {'foo':{'bar':'baz','waldo':'fred'},'qux':{'corge':'grault'}} |"
            + " {'op':'move','from':'/foo/waldo','path':'/qux/thud'} |"
            + " {'foo':{'bar':'baz'},'qux':{'corge':'grault','thud':'fred'}}",
        "A.7  | {'foo':['all','grass','cows','eat']} |"
            + " {'op':'move','from':'/foo/1','path':'/foo/3'} |"
            + " {'foo':['all','cows','eat','grass']}",
        "A.8  | {'baz':'qux','foo':['a',2,'c']} | {'op':'test','path':'/baz','value':'qux'},"
            + "{'op':'test','path':'/foo/1','value':2} | {'baz':'qux','foo':['a',2,'c']}",
        "A.10 | {'foo':'bar'} | {'op':'add','path':'/child','value':{'grandchild':{}}} |"
            + " {'foo':'bar','child':{'grandchild':{}}}",
        "A.11 | {'foo':'bar'} | {'op':'add','path':'/baz','value':'qux','xyz':123} |"
            + " {'foo':'bar','baz':'qux'}",
        "A.14 | {'/':9,'~1':10} | {'op':'test','path':'/~01','value':10} | {'/':9,'~1':10}",
        "A.16 | {'foo':['bar']} | {'op':'add','path':'/foo/-','value':['abc','def']} |"
            + " {'foo':['bar',['abc','def']]}"
      })
  void appendixA(String section, String document, String operations, String result) {
    assertThat(patched(document, operations)).isEqualTo(quoted(result));
  }

  @Test
  void appendixAErrors() {
    // A.9, A.12, A.15: not applicable. A.13: not even one meaning as JSON (RFC 7493).
    assertThat(conflict(outcome("{'baz':'qux'}", "{'op':'test','path':'/baz','value':'bar'}")))
        .isEqualTo("element 0: what is at \"/baz\" is not the tested value");
    assertThat(conflict(outcome("{'foo':'bar'}", "{'op':'add','path':'/baz/bat','value':'qux'}")))
        .isEqualTo(
            "element 0: nothing can be added at \"/baz/bat\": the document is an object without"
                + " \"baz\"");
    assertThat(read("[{'op':'add','path':'/baz','value':'qux','op':'remove'}]"))
        .isInstanceOf(Reading.NotJson.class);
    assertThat(conflict(outcome("{'/':9,'~1':10}", "{'op':'test','path':'/~01','value':'10'}")))
        .isEqualTo("element 0: what is at \"/~01\" is not the tested value");
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{} | a JSON Patch is an array, and this is an object",
        "null | a JSON Patch is an array, and this is null",
        "['a'] | element 0: an operation is an object, and this is a string",
        "[{'op':'remove','path':''},[]] |"
            + " element 1: an operation is an object, and this is an array of 0 elements",
        "[{'path':''}] | element 0: 'op' is missing",
        "[{'op':1,'path':''}] | element 0: 'op' is not a string but a number",
        "[{'op':'Add','path':'','value':1}] | element 0: there is no operation 'Add'",
        "[{'op':'add','value':1}] | element 0: 'path' is missing",
        "[{'op':'add','path':null,'value':1}] | element 0: 'path' is not a string but null",
        "[{'op':'add','path':'a','value':1}] | element 0: 'path' is not a JSON pointer: 'a'",
        "[{'op':'remove','path':'/a~2'}] | element 0: 'path' is not a JSON pointer: '/a~2'",
        "[{'op':'remove','path':'/~'}] | element 0: 'path' is not a JSON pointer: '/~'",
        "[{'op':'add','path':''}] | element 0: 'value' is missing",
        "[{'op':'replace','path':''}] | element 0: 'value' is missing",
        "[{'op':'test','path':''}] | element 0: 'value' is missing",
        "[{'op':'move','path':''}] | element 0: 'from' is missing",
        "[{'op':'copy','path':'','from':{}}] | element 0: 'from' is not a string but an object",
        "[{'op':'copy','path':'','from':'x'}] | element 0: 'from' is not a JSON pointer: 'x'"
      })
  void saysWhichElementMakesItNoPatch(String patch, String reason) {
    assertThat(read(patch)).isEqualTo(new Reading.NotAPatch(quoted(reason)));
  }

  @ParameterizedTest(name = "{0} with {1}: {2}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[1,2] | {'op':'remove','path':'/2'} |"
            + " there is nothing at '/2': the document is an array of 2 elements without '2'",
        "[1] | {'op':'add','path':'/2','value':0} |"
            + " nothing can be added at '/2': the document is an array of 1 element without '2'",
        "[1,2] | {'op':'remove','path':'/01'} |"
            + " there is nothing at '/01': the document is an array of 2 elements without '01'",
        "[1,2] | {'op':'replace','path':'/-','value':0} |"
            + " there is nothing at '/-': the document is an array of 2 elements without '-'",
        "[1,2] | {'op':'test','path':'/-1','value':0} |"
            + " there is nothing at '/-1': the document is an array of 2 elements without '-1'",
        "[1] | {'op':'add','path':'/99999999999999999999','value':0} | nothing can be added at"
            + " '/99999999999999999999': the document is an array of 1 element without"
            + " '99999999999999999999'",
        "{'a':{'b':'secret'}} | {'op':'add','path':'/a/b/c/d','value':0} |"
            + " nothing can be added at '/a/b/c/d': '/a/b' is a string",
        "{'a':{}} | {'op':'copy','from':'/a/x','path':'/b'} |"
            + " there is nothing at '/a/x': '/a' is an object without 'x'",
        "{'a':{'b':1}} | {'op':'move','from':'/a','path':'/a/b'} |"
            + " what is at '/a' cannot move into itself, to '/a/b'",
        "{'a':1} | {'op':'move','from':'','path':'/a'} |"
            + " what is at '' cannot move into itself, to '/a'",
        "{'a':1} | {'op':'remove','path':''} | a patch cannot remove the whole document",
        "3 | {'op':'remove','path':'/a'} | there is nothing at '/a': the document is a number"
      })
  void saysWhyItCannotBeApplied(String document, String operation, String reason) {
    assertThat(conflict(outcome(document, operation))).isEqualTo("element 0: " + quoted(reason));
  }

  @ParameterizedTest(name = "{0} with {1}: {2}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'a':1.50,'b':1E400,'c':1e5,'d':-0} | {'op':'remove','path':'/b'} |"
            + " {'a':1.50,'c':1e5,'d':-0}",
        "[1.0] | {'op':'copy','from':'/0','path':'/-'} | [1.0,1.0]",
        "{'b':1,'a':2} | {'op':'add','path':'/b','value':3} | {'b':3,'a':2}",
        "{'b':1,'a':2} | {'op':'move','from':'/a','path':'/b'} | {'b':2}",
        "{'b':1,'a':2} | {'op':'move','from':'/b','path':'/c'} | {'a':2,'c':1}",
        "{'a':1} | {'op':'replace','path':'','value':[1.00]} | [1.00]",
        "{'a':[1]} | {'op':'copy','from':'','path':'/b'} | {'a':[1],'b':{'a':[1]}}",
        "{'a':[1]} | {'op':'move','from':'/a/0','path':''} | 1",
        "{'':1} | {'op':'replace','path':'/','value':2} | {'':2}",
        "{'':{'':1}} | {'op':'replace','path':'//','value':2} | {'':{'':2}}",
        "{'01':1,'-':2} | {'op':'remove','path':'/-'} | {'01':1}",
        "{'a/b':1,'m~n':2} | {'op':'move','from':'/a~1b','path':'/m~0n'} | {'m~n':1}",
        "{'a':null} | {'op':'replace','path':'/a','value':null},"
            + "{'op':'add','path':'/b','value':null} | {'a':null,'b':null}",
        "[1,2,3] | {'op':'move','from':'/0','path':'/-'} | [2,3,1]"
      })
  void keepsDigitsAndPlaces(String document, String operations, String result) {
    assertThat(patched(document, operations)).isEqualTo(quoted(result));
  }

  @Test
  void escapesNoMoreThanItMust() {
    var document = "{\"\\u0061\":\"\\u00e9\\/\\ud83d\\ude00\\u2028\\u007f\\u0001\\n\\\"\\\\\"}";
    assertThat(Patching.patched(Kind.JSON_PATCH, document, "[" + add("/b") + "]"))
        .isEqualTo("{\"a\":\"\u00e9/\ud83d\ude00\u2028\u007f\\u0001\\n\\\"\\\\\",\"b\":0}");
  }

  @ParameterizedTest(name = "{0} is {1}: {2}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "1 | 1.0 | true",
        "1e0 | 10e-1 | true",
        "1e999999999 | 10e999999998 | true",
        "1e999999999 | 1 | false",
        "'\\u0061' | 'a' | true",
        "'a' | 'A' | false",
        "'1' | 1 | false",
        "null | false | false",
        "{} | [] | false",
        "{'a':1,'b':[2,{'c':3,'d':4}]} | {'b':[2.0,{'d':4,'c':3e0}],'a':1} | true",
        "{'a':1} | {'a':1,'b':1} | false",
        "{'a':1} | {'b':1} | false",
        "[1,2] | [2,1] | false",
        "[1] | [1,1] | false"
      })
  void testsByValue(String document, String value, boolean same) {
    var outcome = outcome(document, "{'op':'test','path':'','value':" + value + "}");
    assertThat(outcome).isInstanceOf(same ? Outcome.Patched.class : Outcome.Conflict.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[]",
        "[{'op':'test','path':'/a','value':1.0}]",
        "[{'op':'replace','path':'/a','value':1}]",
        "[{'op':'move','from':'/a','path':'/a'}]",
        "[{'op':'add','path':'/z','value':1},{'op':'remove','path':'/z'}]"
      })
  void whatChangesNothingGivesBackTheVeryBytes(String patch) {
    var document = bytes("{ \"a\" : 1,\n \"b\": \"\\u00e9\" }");
    var outcome =
        patch(Kind.JSON_PATCH, quoted(patch))
            .apply(document, Patching.BYTES_MAX, Patching.DEPTH_MAX);
    assertThat(((Outcome.Patched) outcome).content()).isSameAs(document);
  }

  @Test
  void reasonsQuoteOnlyAPartOfAPointer() {
    var name = "\ud83d\ude00".repeat(50_000);
    var reason = conflict(outcome("{}", "{'op':'remove','path':'/" + name + "'}"));
    assertThat(reason).hasSizeLessThan(400);
    assertThat(read("[{'op':'" + name + "'}]"))
        .isInstanceOfSatisfying(
            Reading.NotAPatch.class, not -> assertThat(not.reason()).hasSizeLessThan(200));
  }

  @Test
  void aDocumentThatIsNotJsonIsAFaultOfTheCaller() {
    var patch = patch(Kind.JSON_PATCH, "[]");
    for (var document : new String[] {"", "{", "{\"a\":1,\"a\":2}"}) {
      assertThatThrownBy(() -> patch.apply(bytes(document), 10, 10))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static Reading read(String patch) {
    return Patching.read(Kind.JSON_PATCH, quoted(patch));
  }

  private static Outcome outcome(String document, String operations) {
    return Patching.outcome(Kind.JSON_PATCH, quoted(document), quoted("[" + operations + "]"));
  }

  private static String patched(String document, String operations) {
    return Patching.content(outcome(document, operations));
  }

  private static String add(String path) {
    return "{\"op\":\"add\",\"path\":\"" + path + "\",\"value\":0}";
  }

  private static String quoted(String text) {
    return text.replace('\'', '"');
  }
}
