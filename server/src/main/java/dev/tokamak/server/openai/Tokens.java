package dev.tokamak.server.openai;

import dev.tokamak.server.http.Exchange;
import dev.tokamak.server.http.Reply;
import dev.tokamak.server.model.ServedModel;
import dev.tokamak.server.model.ServerException;
import dev.tokamak.server.openai.wire.DetokenizeRequest;
import dev.tokamak.server.openai.wire.JsonText;
import dev.tokamak.server.openai.wire.TokenizeRequest;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `POST /tokenize` and `/detokenize`. Thread-safe.
record Tokens(Service service) {

    void tokenize(Exchange exchange) {
        TokenizeRequest request = TokenizeRequest.read(JsonText.read(exchange.body()));
        ServedModel model = service.requireModel(request.model());
        int[] ids =
                request.chat() == null
                        ? model.tokenizer()
                                .encode(String.valueOf(request.text()), request.addSpecial(), true)
                        : ChatCompletions.prompt(request.chat(), model);
        ObjectNode json = JsonText.object();
        ArrayNode array = json.putArray("tokens");
        for (int id : ids) {
            array.add(id);
        }
        json.put("count", ids.length);
        json.put("max_model_len", model.engine().options().contextTokens());
        exchange.send(Reply.json(200, JsonText.write(json)));
    }

    void detokenize(Exchange exchange) {
        DetokenizeRequest request = DetokenizeRequest.read(JsonText.read(exchange.body()));
        ServedModel model = service.requireModel(request.model());
        requireTokens(request.tokens(), model, "tokens");
        int[] ids = request.tokens().stream().mapToInt(Integer::intValue).toArray();
        String text = model.tokenizer().decode(ids, true);
        ObjectNode json = JsonText.object().put("prompt", text).put("content", text);
        exchange.send(Reply.json(200, JsonText.write(json)));
    }

    /// Checks that all ids are of the vocabulary.
    static void requireTokens(List<Integer> ids, ServedModel model, String path) {
        int bound = model.tokenizer().vocabularySize();
        for (int i = 0; i < ids.size(); i++) {
            if (ids.get(i) >= bound) {
                String place = path + "[" + i + "]";
                throw ServerException.invalid(
                        place,
                        place
                                + " is token "
                                + ids.get(i)
                                + ", but the vocabulary ends at "
                                + (bound - 1));
            }
        }
    }
}
