package dev.changecast.core.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.core.Address;
import dev.changecast.core.Message;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a server may publish, and what it is told when it may not. */
class MessageParserTest {
    private static final String GOOD = "{'to':'user:42','type':'notification','content':{'title':'Hello'}}";

    private static MessageParser.Parsed parse(String json) {
        return MessageParser.parse(json.replace('\'', '"'));
    }

    @Test
    void aMessageIsReadAsItStands() {
        MessageParser.Parsed parsed = parse("{'to':['role:admin','broadcast','role:admin','room:a b','user:é:1'],"
                + "'type':'order.shipped','content':{'n':12345678901234567890.10,'a':[1, {'b':null}]},'id':'x 1',"
                + "'ephemeral':true}");
        assertThat(parsed.problems()).isEmpty();
        assertThat(parsed.several()).isFalse();
        Message message = parsed.messages().get(0);
        assertThat(message.to())
                .containsExactly(Address.role("admin"), Address.broadcast(), Address.room("a b"), Address.user("é:1"));
        assertThat(message.type()).isEqualTo("order.shipped");
        assertThat(message.content()).isEqualTo("{\"n\":12345678901234567890.10,\"a\":[1,{\"b\":null}]}");
        assertThat(message.id()).isEqualTo("x 1");
        assertThat(message.ephemeral()).isTrue();
    }

    @Test
    void anArrayHoldsSeveral() {
        MessageParser.Parsed parsed = parse("[" + GOOD + "," + GOOD + "]");
        assertThat(parsed.problems()).isEmpty();
        assertThat(parsed.several()).isTrue();
        assertThat(parsed.messages()).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {'to':'user:42'                                                    | not JSON
            `` | a message is an object
            3                                                                  | a message is an object like
            {'to':'broadcast','type':'x','content':{}} 4                       | something after the end
            {'to':'broadcast','type':'x','content':{},'content':1}             | Duplicate
            {'type':'x','content':{}}                                          | "to" is missing
            {'to':[],'type':'x','content':{}}                                  | 1 to 1000 addresses, not 0
            {'to':'everybody','type':'x','content':{}}                         | 'everybody' is no address; there are broadcast, user:<id>
            {'to':'usr:1','type':'x','content':{}}                             | 'usr:1' is no address
            {'to':'user:','type':'x','content':{}}                             | user: names nobody
            {'to':'user:a\\nb','type':'x','content':{}}                        | control character
            {'to':['user:1',2],'type':'x','content':{}}                        | "to" is an address like
            {'to':{'user':1},'type':'x','content':{}}                          | "to" is an address like
            {'to':'broadcast','content':{}}                                    | "type" is missing
            {'to':'broadcast','type':7,'content':{}}                           | "type" is text
            {'to':'broadcast','type':'two words','content':{}}                 | 'two words' is no type
            {'to':'broadcast','type':'welcome','content':{}}                   | names of this protocol are reserved
            {'to':'broadcast','type':'user_status','content':{}}               | names of this protocol are reserved
            {'to':'broadcast','type':'x'}                                      | "content" is missing
            {'to':'broadcast','type':'x','content':{},'id':7}                  | "id" is text
            {'to':'broadcast','type':'x','content':{},'id':''}                 | 1 to 128 characters
            {'to':'broadcast','type':'x','content':{},'ephemeral':'yes'}       | "ephemeral" is true or false
            {'to':'broadcast','type':'x','content':{},'chanel':'x'}            | a message has no "chanel"; it has "to", "type"
            []                                                                 | the array is empty
            """)
    void whatIsWrongIsTold(String json, String says) {
        MessageParser.Parsed parsed = parse(json == null ? "" : json);
        assertThat(parsed.problems())
                .extracting(MessageParser.Problem::message)
                .anyMatch(message -> message.contains(says));
    }

    @ParameterizedTest
    @CsvSource({"notification", "broadcast", "data_update", "chat", "order_shipped"})
    void theTypesForPublishersAreAllowed(String type) {
        assertThat(parse(GOOD.replace("notification", type)).problems()).isEmpty();
    }

    @Test
    void everythingThatIsWrongIsToldAtOnceWithItsPlace() {
        MessageParser.Parsed parsed =
                parse("[" + GOOD + ",{'to':'nobody','type':'ping','id':'','x':1}," + GOOD + ",7]");
        assertThat(parsed.messages()).hasSize(2);
        assertThat(parsed.problems()).extracting(MessageParser.Problem::index).containsExactly(1, 3);
        assertThat(parsed.problems().get(0).message())
                .contains("'nobody' is no address")
                .contains("'ping' is reserved")
                .contains("\"id\" has 1 to 128")
                .contains("no \"x\"")
                .contains("\"content\" is missing");
    }

    @Test
    void anArrayIsBounded() {
        String many = IntStream.range(0, 1001).mapToObj(i -> GOOD).collect(Collectors.joining(","));
        assertThat(parse("[" + many + "]").problems())
                .extracting(MessageParser.Problem::message)
                .containsExactly("a request holds 1000 messages at most");
    }

    @Test
    void embeddersAreToldTheSame() {
        assertThatThrownBy(() -> new Message(List.of(), "welcome", "{\"a\":", "", false))
                .isInstanceOfSatisfying(
                        ChangecastException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BAD_MESSAGE))
                .hasMessageContaining("1 to 1000 addresses, not 0")
                .hasMessageContaining("'welcome' is reserved")
                .hasMessageContaining("the content is not JSON")
                .hasMessageContaining("\"id\" has 1 to 128");
        for (String content : List.of("", "{} {}", "{'a':1}", "\"a", "tru", "[1,]")) {
            assertThatThrownBy(() -> Message.to(Address.broadcast(), "x", content))
                    .as(content)
                    .hasMessageContaining("the content is");
        }
        assertThatThrownBy(() -> Message.to(new Address("nobody"), "x", "{}")).hasMessageContaining("is no address");
        assertThatThrownBy(() -> Address.user("x".repeat(257))).hasMessageContaining("has 257 characters");
    }

    @Test
    void aContentMayBeAnyJson() {
        for (String content : List.of("{}", "[]", "\"text\"", "1.50", "true", "null")) {
            assertThat(parse("{'to':'broadcast','type':'x','content':" + content.replace('"', '\'') + "}")
                            .messages())
                    .extracting(Message::content)
                    .containsExactly(content);
        }
    }

    @Test
    void whatAMessageHoldsIsNotInItsText() {
        Message message =
                Message.to(Address.user("42"), "notification", "{\"secret\":1}").id("a");
        assertThat(message.toString()).isEqualTo("notification to [user:42], id a");
    }
}
