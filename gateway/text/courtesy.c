#include "gateway/text/courtesy.h"

#include <string.h>

#include "gateway/text/words.h"

static const char words[] =
	"감사, 감사합니다, 감사해요, 감사드립니다, 감사드려요, 감솨합니다, 감사요, "
	"고맙습니다, 고마워요, "
	"고마워, 땡큐, 네, 넵, 넹, 넴, 네네, 넵넵, 예, 옙, 응, 웅, 알겠습니다, 알겠어요, "
	"알겠슴다, 알았어요, "
	"확인했습니다, 확인했어요, 확인, 오케이, 오키, ㅇㅋ, ㅇㅇ, ㄳ, ㄱㅅ, ㅋㅋ, "
	"ㅋㅋㅋ, ㅎㅎ, ㅎㅎㅎ, 정말, 너무, "
	"친절하시네요, 수고하세요, 수고하셨습니다, 좋은, 하루, 되세요, "
	"thanks, thank, you, thx, ty, tysm, ok, okay, okey, k, kk, yes, yep, great, "
	"perfect, cool, "
	"good, nice, got, it, very, much, so, a, lot, cheers, bye, merci, danke, "
	"gracias, arigato";

bool
courtesy_only(const char *text, const char *normalised)
{
	char word[96];
	if (strpbrk(text, "?") || strstr(text, "？"))
		return false;
	if (!*normalised) {
		/* Dots and blanks say nothing; a picture is at least three bytes. */
		for (; *text; text++)
			if ((unsigned char)*text >= 0xE2)
				return true;
		return false;
	}
	while (*normalised) {
		normalised = words_first(normalised, word, sizeof(word));
		if (!words_in(word, words))
			return false;
	}
	return true;
}
