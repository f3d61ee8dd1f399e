package dev.changecast.core.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.fail;

import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandParserTest {
    private static String json(String text) {
        return text.replace('\'', '"');
    }

    private static Command parse(String text) throws CommandException {
        return CommandParser.parse(json(text));
    }

    @Test
    void aSubscriptionWithEverythingIsRead() throws Exception {
        Command.Subscribe subscribe =
                (Command.Subscribe) parse("{'type':'subscribe','id':'a\\u0041','collection':'desks',"
                        + "'filter':{'a':{'$in':[1,'x',null]}},'columns':['a','b'],'snapshot':{'order_by':['-a','b'],'limit':7},"
                        + "'since':{'pg':'e.1-1'},'channel':'C','conflate':true,'batch':{'max':5,'delay_ms':6}}");
        assertThat(subscribe.id()).isEqualTo("\"aA\"");
        assertThat(subscribe.collection()).isEqualTo("desks");
        assertThat(subscribe.filter()).isEqualTo(json("{'a':{'$in':[1,'x',null]}}"));
        assertThat(subscribe.columns()).containsExactly("a", "b");
        assertThat(subscribe.snapshot()).isTrue();
        assertThat(subscribe.orderBy()).containsExactly("-a", "b");
        assertThat(subscribe.limit()).isEqualTo(7);
        assertThat(subscribe.since()).isEqualTo(Map.of("pg", "e.1-1"));
        assertThat(subscribe.channel()).isEqualTo("C");
        assertThat(subscribe.conflate()).isTrue();
        assertThat(subscribe.batch()).isEqualTo(new Command.Batch(5, 6));
    }

    @Test
    void aSubscriptionWithNothingElseHasItsDefaults() throws Exception {
        Command.Subscribe subscribe = (Command.Subscribe) parse(" {'collection':'desks','type':'subscribe'} ");
        assertThat(subscribe)
                .isEqualTo(
                        new Command.Subscribe(null, "desks", "{}", null, true, List.of(), 0, null, null, false, null));
    }

    @Test
    void nullStandsForNothingGiven() throws Exception {
        Command.Subscribe subscribe = (Command.Subscribe) parse(
                "{'type':'subscribe','collection':'desks','filter':null,'columns':null,'since':null,'batch':null}");
        assertThat(subscribe.filter()).isEqualTo("{}");
        assertThat(subscribe.columns()).isNull();
    }

    @Test
    void aTokenIsNeverShown() throws Exception {
        Command command = parse("{'type':'authenticate','token':'very-secret'}");
        assertThat(((Command.Authenticate) command).token()).isEqualTo("very-secret");
        assertThat(command.toString()).doesNotContain("secret");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "[]                                          | message     | a message is one JSON object, like {'type':'ping'}",
                "1                                           | message     | a message is one JSON object, like {'type':'ping'}",
                "{} {}                                       | message     | there is something after the end of the JSON object; send one object per message",
                "{}                                          | message     | a command has a 'type', like 'subscribe'",
                "{'type':5}                                  | message     | 'type' is text, not 5",
                "{'type':'x'}                                | type        | there is no command of type 'x'; there are subscribe, unsubscribe, join_room, leave_room, room_message, chat, presence, presence_update, authenticate and ping",
                "{'type':'ping','id':{}}                     | message     | an 'id' is text or a number of at most 128 characters",
                "{'type':'ping','id':true}                   | message     | an 'id' is text or a number of at most 128 characters",
                "{'type':'ping','pong':1}                    | ping        | ping has no 'pong'",
                "{'type':'unsubscribe'}                      | unsubscribe | unsubscribe needs the 'channel' that subscribed named",
                "{'type':'authenticate'}                     | authenticate| authenticate needs a 'token'",
                "{'type':'subscribe'}                        | subscribe   | subscribe needs a 'collection'",
                "{'type':'subscribe','collection':[]}        | subscribe   | 'collection' is text, not []",
                "{'type':'subscribe','collection':'d','filter':'x'}        | subscribe | a filter is an object, like {'floor_number':1}, not 'x'",
                "{'type':'subscribe','collection':'d','columns':[1]}       | subscribe | 'columns' is a list of names, not [1]",
                "{'type':'subscribe','collection':'d','snapshot':5}        | subscribe | 'snapshot' is true, false or {'order_by':…,'limit':…}, not 5",
                "{'type':'subscribe','collection':'d','snapshot':{'limit':0}}    | subscribe | 'limit' is a whole number from 1 to 2147483647, not 0",
                "{'type':'subscribe','collection':'d','snapshot':{'limit':1.5}}  | subscribe | 'limit' is a whole number from 1 to 2147483647, not 1.5",
                "{'type':'subscribe','collection':'d','snapshot':{'limits':1}}   | subscribe | snapshot has no 'limits'",
                "{'type':'subscribe','collection':'d','since':'e.1-1'}     | subscribe | 'since' is an object of offsets by source, like {'pg':'…'}, not 'e.1-1'",
                "{'type':'subscribe','collection':'d','since':{'pg':1}}    | subscribe | 'pg' is text, not 1",
                "{'type':'subscribe','collection':'d','since':{'pg':null}} | subscribe | an offset is text",
                "{'type':'subscribe','collection':'d','conflate':'yes'}    | subscribe | 'conflate' is true or false, not 'yes'",
                "{'type':'subscribe','collection':'d','batch':5}           | subscribe | 'batch' is an object like {'max':50,'delay_ms':100}, not 5",
                "{'type':'subscribe','collection':'d','batch':{'max':0}}   | subscribe | 'max' is a whole number from 1 to 10000, not 0",
                "{'type':'subscribe','collection':'d','batch':{'delay':0}} | subscribe | batch has no 'delay'",
                "{'type':'subscribe','collection':'d','filters':{}}        | subscribe | subscribe has no 'filters'"
            })
    void whatIsWrongIsSaidWithWhatWouldBeRight(String text, String context, String message) {
        CommandException problem =
                catchThrowableOfType(CommandException.class, () -> CommandParser.parse(json(text.trim())));
        assertThat(problem).as(text).isNotNull();
        assertThat(json(problem.problem().getMessage())).isEqualTo(json(message));
        assertThat(problem.context()).isEqualTo(context);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{",
                "{'type'",
                "{'type':'ping'",
                "{'type':'ping',}",
                "{'a':1,'a':2}",
                "{'a':'\\ud8'}",
                "nul",
                "{'a':01}",
                "{'a':NaN}",
                "{'a':1}}",
                "\u0000"
            })
    void whatIsNoJsonIsSaidToBeNone(String text) {
        CommandException problem = catchThrowableOfType(CommandException.class, () -> parse(text));
        assertThat(problem).as(text).isNotNull();
        assertThat(problem.problem().code().number()).isEqualTo(4000);
    }

    @Test
    void theIdComesBackWithAnErrorThatFollowsIt() {
        CommandException problem = catchThrowableOfType(
                CommandException.class, () -> parse("{'id':17,'type':'subscribe','collection':5}"));
        assertThat(problem.id()).isEqualTo("17");
    }

    @Test
    void deepAndLongInputIsRefused() {
        for (String text : List.of(
                "{\"a\":" + "[".repeat(100_000),
                "{\"type\":\"ping\",\"id\":\"" + "x".repeat(200) + "\"}",
                "{\"type\":\"ping\",\"id\":" + "9".repeat(5000) + "}",
                "{\"" + "n".repeat(100_000) + "\":1}")) {
            CommandException problem = catchThrowableOfType(CommandException.class, () -> CommandParser.parse(text));
            assertThat(problem).isNotNull();
            assertThat(problem.problem().getMessage()).hasSizeLessThan(2000);
        }
    }

    @Test
    void mutatedCommandsAreReadOrRefusedAndNothingElse() {
        List<String> seeds = List.of(
                json(
                        "{'type':'subscribe','id':'1','collection':'desks','filter':{'a':{'$in':[1,2.5e3,null,true]}},"
                                + "'columns':['a'],'snapshot':{'order_by':['-a'],'limit':7},'since':{'pg':'e.1-1'},'batch':{'max':5}}"),
                json("{'type':'unsubscribe','channel':'abc\\n\\u00e9'}"),
                json("{'type':'authenticate','token':'t','since':{}}"),
                json("{'type':'room_message','room':'x','content':[{'a':-1}]}"));
        Random random = new Random(7);
        String pieces = "{}[]\",:\\ntfu0123456789.-+eE \u0000é\ud83d'";
        int read = 0;
        for (int i = 0; i < 100_000; i++) {
            StringBuilder text = new StringBuilder(seeds.get(random.nextInt(seeds.size())));
            for (int j = random.nextInt(4); j >= 0; j--) {
                int at = random.nextInt(text.length() + 1);
                char piece = pieces.charAt(random.nextInt(pieces.length()));
                switch (random.nextInt(4)) {
                    case 0 -> text.insert(at, piece);
                    case 1 -> text.setLength(Math.max(1, at));
                    case 2 -> text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(5)));
                    default -> {
                        if (at < text.length()) {
                            text.setCharAt(at, piece);
                        }
                    }
                }
                if (text.length() == 0) {
                    text.append(piece);
                }
            }
            try {
                CommandParser.parse(text.toString());
                read++;
            } catch (CommandException e) {
                assertThat(e.problem().code().number()).isBetween(4000, 4999);
            } catch (RuntimeException | Error e) {
                fail("no CommandException for: " + text, e);
            }
        }
        assertThat(read).isPositive();
    }
}
