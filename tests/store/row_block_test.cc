#include "indexer/store/row_block.h"

#include <gtest/gtest.h>

namespace tarn {
namespace {

std::shared_ptr<const DecodedRowBlock> decode(const RowBlockBuilder::Block& block, const RowDictionary* dictionary) {
  RowBlockHeader header;
  EXPECT_TRUE(parse_row_block_header(block.value, header));
  EXPECT_EQ(header.span, block.span);
  return decode_row_block(block.value, header, dictionary);
}

TEST(RowBlock, rows_come_back_with_id_routing_and_bytes) {
  RowBlockBuilder builder(nullptr);
  builder.add(0, "a", "", R"({"x":1})");
  builder.add(1, "b", "r", "");
  builder.finish(2);
  ASSERT_EQ(builder.blocks().size(), 1u);
  const auto block = decode(builder.blocks()[0], nullptr);
  ASSERT_TRUE(block);
  EXPECT_EQ(block->find(0)->source, R"({"x":1})");
  EXPECT_EQ(block->find(1)->routing, "r");
  EXPECT_EQ(block->find(2), nullptr);
}

TEST(RowBlock, blocks_are_cut_by_size_and_gaps_stay_gaps) {
  RowBlockBuilder builder(nullptr, 3, 100);
  const std::string source(60, 'x');
  for (const uint32_t slot : {0u, 2u, 5u, 6u, 9u}) builder.add(slot, std::to_string(slot), "", source);
  builder.finish(12);
  ASSERT_EQ(builder.blocks().size(), 3u);
  EXPECT_EQ(builder.blocks()[1].first_slot, 5u);
  const auto second = decode(builder.blocks()[1], nullptr);
  EXPECT_EQ(second->find(0)->id, "5");
  EXPECT_EQ(second->find(1)->id, "6");
  const auto first = decode(builder.blocks()[0], nullptr);
  EXPECT_EQ(first->find(1), nullptr);
  EXPECT_EQ(first->find(2)->id, "2");
}

TEST(RowBlock, a_dictionary_shrinks_small_blocks) {
  std::vector<std::string> samples;
  for (int i = 0; i < 2000; ++i) {
    samples.push_back(fmt::format(
        R"json({{"event_name":"shop:cart:item_added","tenant":"t{}","agent":"Mozilla/5.0 (X11; x86_64)","amount":{}}})json",
        i * 7919 % 97, i * 31 % 1009));
  }
  const std::string bytes = RowDictionary::train(samples);
  ASSERT_FALSE(bytes.empty());
  const auto dictionary = std::make_shared<const RowDictionary>(1, bytes);
  RowBlockBuilder plain(nullptr), trained(dictionary);
  for (auto* builder : {&plain, &trained}) {
    builder->add(0, "id", "", samples[3]);
    builder->finish(1);
  }
  EXPECT_LT(trained.stored_bytes() * 2, plain.stored_bytes());
  EXPECT_EQ(decode(trained.blocks()[0], dictionary.get())->find(0)->source, samples[3]);
}

TEST(RowBlock, single_rows_are_read_from_their_frames) {
  std::vector<std::string> samples;
  for (int i = 0; i < 3000; ++i) samples.push_back(fmt::format(R"json({{"event":"shop:cart","n":{},"m":{}}})json", i * 7919, i));
  const auto dictionary = std::make_shared<const RowDictionary>(1, RowDictionary::train(samples));
  RowBlockBuilder builder(dictionary);
  std::vector<uint32_t> slots;
  for (uint32_t i = 0; i < 150; ++i) slots.push_back(2 * i + i % 2);
  for (size_t i = 0; i < slots.size(); ++i) builder.add(slots[i], std::to_string(slots[i]), "", samples[i]);
  builder.finish(400);
  ASSERT_EQ(builder.blocks().size(), 1u);
  const std::string& value = builder.blocks()[0].value;
  RowBlockHeader header;
  ASSERT_TRUE(parse_row_block_header(value, header));
  EXPECT_GT(header.frames, 2u);
  EXPECT_EQ(header.span, 400u);
  RowReader reader;
  ASSERT_TRUE(reader.open(value, header, dictionary.get()));
  RowView row;
  for (size_t i = slots.size(); i-- > 0;) {
    ASSERT_EQ(reader.find(slots[i], row), RowReader::Found::kYes) << i;
    EXPECT_EQ(row.id, std::to_string(slots[i]));
    EXPECT_EQ(row.source, samples[i]);
  }
  EXPECT_EQ(reader.find(1, row), RowReader::Found::kMissing);
  EXPECT_EQ(reader.find(399, row), RowReader::Found::kMissing);
  EXPECT_EQ(reader.find(400, row), RowReader::Found::kMissing);
  std::string damaged = value;
  damaged[damaged.size() - 5] ^= 0x55;
  damaged.pop_back();
  EXPECT_FALSE(parse_row_block_header(damaged, header) && reader.open(damaged, header, dictionary.get()));
}

TEST(RowBlock, damaged_bytes_are_refused) {
  RowBlockBuilder builder(nullptr);
  builder.add(0, "a", "", std::string(500, 'y'));
  builder.finish(1);
  std::string value = builder.blocks()[0].value;
  RowBlockHeader header;
  EXPECT_FALSE(parse_row_block_header("", header));
  ASSERT_TRUE(parse_row_block_header(value, header));
  value.resize(value.size() - 3);
  EXPECT_EQ(decode_row_block(value, header, nullptr), nullptr);
}

}  // namespace
}  // namespace tarn
